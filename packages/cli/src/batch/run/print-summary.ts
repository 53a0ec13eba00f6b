import { access } from "node:fs/promises";
import type { CommandContext } from "../../arguments/command-context.ts";
import { exitCodes } from "../../errors/cli-error.ts";
import type { EditRecord } from "../../journal/edit-record.ts";
import type { BatchRow } from "../manifest/batch-row.ts";
import { mapLimited } from "../map-limited.ts";
import type { RowSelection } from "../plan/select-rows.ts";
import { type BatchCounts, countsLine } from "./progress.ts";

/** Prints the state that earlier runs left. */
export async function printPreviousRuns(
  choice: RowSelection,
  records: ReadonlyMap<string, EditRecord>,
  context: CommandContext,
): Promise<void> {
  printBuckets(choice, context);
  await warnMissingFiles(choice.saved, records, context);
}

function printBuckets({ saved, failed, unknown, finish }: RowSelection, { terminal }: CommandContext): void {
  if (saved.length > 0) terminal.note(`${saved.length} row(s) are already saved.`);
  if (finish.length > 0)
    terminal.note(`${finish.length} row(s) have their response on disk and are finished without sending.`);
  if (failed.length > 0)
    terminal.note(`${failed.length} row(s) failed before. Resend them with \`--retry-failed\`.`);
  if (unknown.length > 0) {
    terminal.note(
      `${unknown.length} row(s) are unknown: sent before, maybe billed. Resend them with \`--retry-unknown\`.`,
    );
  }
}

/** Warns about saved rows whose images were moved or removed. They were billed, so they are not sent again. */
async function warnMissingFiles(
  saved: readonly BatchRow[],
  records: ReadonlyMap<string, EditRecord>,
  { terminal }: CommandContext,
): Promise<void> {
  const gone = await mapLimited(saved, 32, async ({ id, key }) => {
    const paths = records.get(key)?.paths.filter((file) => file !== null) ?? [];
    const found = await Promise.all(
      paths.map((file) =>
        access(file)
          .then(() => true)
          .catch(() => false),
      ),
    );
    return found.every(Boolean) ? undefined : id;
  });
  const rows = gone.filter((id) => id !== undefined);
  if (rows.length === 0) return;
  const names = rows.slice(0, 5).join(", ") + (rows.length > 5 ? ", ..." : "");
  terminal.note(
    `Images of ${rows.length} saved row(s) are no longer where they were written (${names}). ` +
      "They are not sent again: give a row another `id` to edit it once more.",
  );
}

/** Prints how a run ended, and what remains. */
export function printSummary(counts: BatchCounts, { terminal }: Pick<CommandContext, "terminal">): void {
  terminal.note(`${countsLine(counts)}.`);
  const left = counts.total - counts.saved - counts.skipped - counts.failed - counts.unknown;
  if (left > 0) terminal.note(`${left} row(s) were not sent. Run the same command again to continue.`);
  if (counts.unknown > 0) {
    terminal.note(
      "Unknown rows may be billed. Resend them with `--retry-unknown` only if you accept paying twice.",
    );
  }
}

/** Returns the exit code of a run: the signal, else unknown rows, else failed or invalid ones. */
export function exitCodeOfRun(counts: BatchCounts, signal: "SIGINT" | "SIGTERM" | undefined): number {
  if (signal !== undefined) return signal === "SIGINT" ? exitCodes.interrupted : exitCodes.terminated;
  if (counts.unknown > 0) return exitCodes.unknown;
  const left = counts.total - counts.saved - counts.skipped;
  return counts.failed > 0 || counts.invalid > 0 || left > 0 ? exitCodes.batchFailed : exitCodes.ok;
}
