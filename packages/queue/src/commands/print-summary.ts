import { type CommandContext, countsLine, spendingText } from "@retouch/cli/journal";
import { readRows } from "../producer/find-rows.ts";
import { type PreparedRun, storageOf } from "../producer/prepare-run.ts";
import type { ProducerEnd, QueueProducer } from "../producer/queue-producer.ts";
import { countLeft, type LeftByHost, leftLines } from "./describe-left.ts";
import { workerCommand } from "./worker-command.ts";

/** How `run` has ended. */
interface RunEnd {
  readonly end: ProducerEnd;
  /** Rows that no worker goes on with. */
  readonly unsent: number;
  readonly maxUsd: number | undefined;
}

/** Prints how a run ended, what it cost, what is left of it on which machine, and what to do. */
export async function printSummary(
  { counts }: Pick<QueueProducer, "counts">,
  { end, unsent, maxUsd }: RunEnd,
  prepared: PreparedRun,
  { terminal }: Pick<CommandContext, "terminal">,
): Promise<void> {
  const { isMock } = prepared.options.server;
  terminal.note(`${countsLine(counts)}.`);
  const spent = spendingText(counts.spending);
  if (isMock) terminal.note("The rows ran against the mock. Nothing was billed.");
  else if (spent !== undefined) terminal.note(`Cost of this manifest so far: ${spent}.`);
  if (unsent > 0) terminal.note(`${unsent} row(s) were not sent. Run the same command again to continue.`);
  // Redis may be away when a person stops `run`.
  const left = end === "stopped" ? new Map() : await findLeft(prepared);
  const where =
    left.size > 0 ? "" : " Only the machines of their workers have them: see `retouch-queue status`.";
  if (counts.unwritten > 0)
    terminal.note(
      `${counts.unwritten} row(s) are unwritten: billed, and their images are not in ${storageOf(prepared.options)}.${where}`,
    );
  for (const line of leftLines(left, commandOf(prepared))) terminal.note(line);
  if (counts.unwritten > 0)
    terminal.note(
      "If a machine is gone, resend its unwritten rows with `--retry-unwritten` of `run` or `retry`: they are billed again.",
    );
  if (counts.unknown > 0)
    terminal.note(
      "Unknown rows may be billed. Resend them with `--retry-unknown` of `run`, or name them to `retry`, only if you accept paying twice.",
    );
  if (end === "over-budget")
    terminal.error(
      `The next row may cost more than what is left of the budget of USD ${maxUsd}. It was not sent. Raise the limit with \`--max-cost\` to continue.`,
    );
  if (end === "refused")
    terminal.error(
      "The server rejected several rows in a row because of key or quota, so no more were queued.",
    );
}

/** Returns the command that starts a worker for a run. */
export function commandOf({ queue, options }: PreparedRun): string {
  const place = { queue: queue.name, storage: storageOf(options), isMock: options.server.isMock };
  return workerCommand(options.redis, place);
}

/** Reads which machines have what is left of unknown and unwritten rows. */
async function findLeft({
  queue,
  checked: { rows },
  found: { selection },
}: PreparedRun): Promise<LeftByHost> {
  const left: LeftByHost = new Map();
  for (const status of ["finish", "unknown"] as const) {
    const indexes = [...selection.with(status)];
    await readRows(
      indexes.map((index) => [index, rows.keyOf(index)] as const),
      queue.ledger,
      (_, row) => row !== undefined && row.end !== "saved" && countLeft(left, row),
    );
  }
  return left;
}
