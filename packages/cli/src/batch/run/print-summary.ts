import type { CommandContext } from "../../arguments/command-context.ts";
import { exitCodes } from "../../errors/cli-error.ts";
import { exitCodeOfSignal } from "../../errors/interruption.ts";
import type { EndSignal } from "../../journal/system.ts";
import type { RowSelection } from "../plan/select-rows.ts";
import { type BatchCounts, countsLine, type RowCounts, spendingText } from "./progress.ts";

/** Prints the state that earlier runs left; `pending` of the unknown rows are tasks. */
export function printPreviousRuns(
  selection: RowSelection,
  pending: number,
  { terminal }: Pick<CommandContext, "terminal">,
): void {
  const [saved, finish, failed, allUnknown] = (["saved", "finish", "failed", "unknown"] as const).map(
    (status) => selection.count(status),
  ) as [number, number, number, number];
  const unknown = allUnknown - pending;
  if (saved > 0) terminal.note(`${saved} row(s) are already saved.`);
  if (pending > 0)
    terminal.note(`${pending} row(s) are tasks at the server. They are polled; nothing is sent again.`);
  if (finish > 0)
    terminal.note(`${finish} row(s) have their response on disk and are finished without sending.`);
  if (failed > 0)
    terminal.note(
      `${failed} row(s) failed before. Resend them with \`--retry-failed\` of \`run\`, or name them to \`retry\`.`,
    );
  if (unknown > 0) {
    terminal.note(
      `${unknown} row(s) are unknown: sent before, maybe billed. Resend them with \`--retry-unknown\` of \`run\`, or name them to \`retry\`.`,
    );
  }
}

/** Names the first few ids of a list, and counts the others. */
export function nameSome(ids: readonly string[], count = ids.length): string {
  return ids.slice(0, 5).join(", ") + (count > 5 ? `, and ${count - 5} more` : "");
}

/**
 * Prints how a run ended, what it cost, and what remains: `unsent` of the rows that wait are sent by no worker either. The mock
 * bills nothing, whatever tokens it reports.
 */
export function printSummary(
  counts: BatchCounts,
  isMock: boolean,
  { terminal }: Pick<CommandContext, "terminal">,
  unsent = counts.waiting,
): void {
  terminal.note(`${countsLine(counts)}.`);
  const spent = spendingText(counts.spending);
  if (isMock) terminal.note("The rows ran against the mock. Nothing was billed.");
  else if (spent !== undefined) terminal.note(`Cost of this manifest so far: ${spent}.`);
  if (unsent > 0) terminal.note(`${unsent} row(s) were not sent. Run the same command again to continue.`);
  if (counts.unwritten > 0) {
    terminal.note(
      `${counts.unwritten} row(s) are billed and stored, but not written. Free some space and run the same command, ` +
        "or write them elsewhere with `retouch recover -o DIR`: nothing is sent again.",
    );
  }
  if (counts.unknown > 0) {
    terminal.note(
      "Unknown rows may be billed. Resend them with `--retry-unknown` of `run`, or name them to `retry`, only if you accept paying twice.",
    );
  }
}

/** Returns the exit code of a run: the signal, else unknown rows, else unwritten ones, else failed or invalid ones. */
export function exitCodeOfRun(counts: RowCounts, signal: EndSignal | undefined): number {
  if (signal !== undefined) return exitCodeOfSignal(signal);
  if (counts.unknown > 0) return exitCodes.unknown;
  if (counts.unwritten > 0) return exitCodes.notWritten;
  return counts.failed + counts.invalid + counts.waiting > 0 ? exitCodes.batchFailed : exitCodes.ok;
}
