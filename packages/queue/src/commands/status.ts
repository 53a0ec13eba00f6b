import {
  type CommandContext,
  countsLine,
  exitCodes,
  sanitizeText,
  spendingText,
  toSafeJson,
} from "@retouch/cli/journal";
import { readReasons } from "../jobs/put-back-reasons.ts";
import { readHolds } from "../ledger/holds.ts";
import { type OpenQueue, openQueue } from "../producer/open-queue.ts";
import { countJobs } from "../producer/queue-jobs.ts";
import { readBudget } from "../producer/run-budget.ts";
import { toHoldDocument } from "./describe-hold.ts";
import { leftLines } from "./describe-left.ts";
import { createNames, type NamedRow, withoutNames } from "./name-rows.ts";
import { readQueueFlags } from "./queue-flags.ts";
import { countRun, findRun, listedRows, readRuns } from "./runs.ts";
import { workerCommand } from "./worker-command.ts";

/** Runs `retouch-queue status`: of the queue, or of one manifest. Sends nothing. */
export async function runStatus(context: CommandContext): Promise<number> {
  const flags = readQueueFlags(context.parsed);
  const queue = await openQueue({ ...flags, acceptRedisLoss: true });
  try {
    const [manifest] = context.parsed.operands;
    const document =
      manifest === undefined ? await describeQueue(queue) : await describeRun(manifest, flags.redis, queue);
    if (context.json) context.terminal.data(toSafeJson(document, 2));
    else for (const line of document.lines) context.terminal.data(line);
    return exitCodes.ok;
  } finally {
    await queue.close();
  }
}

/** What `--json` prints; the lines are for people. */
interface StatusDocument extends Readonly<Record<string, unknown>> {
  readonly lines: readonly string[];
}

/** Keeps the lines for people out of JSON. */
function toDocument(facts: Readonly<Record<string, unknown>>, lines: readonly string[]): StatusDocument {
  return Object.defineProperty({ ...facts, lines }, "lines", { enumerable: false }) as StatusDocument;
}

/** Finds what holds all rows of a queue. */
async function findHolds({ redis, keys, jobs }: OpenQueue) {
  const holds = (await readHolds(redis, keys)).map(toHoldDocument);
  const paused = holds.some(({ reason }) => reason === "paused") || (await jobs.isPaused());
  return { holds, paused };
}

async function describeQueue(queue: OpenQueue): Promise<StatusDocument> {
  const { waiting, running } = await countJobs(queue);
  const { holds, paused } = await findHolds(queue);
  const workers = await queue.jobs.getWorkersCount().catch(() => undefined);
  const intervalMs = Number((await queue.redis.hget(queue.keys.rate, "interval")) ?? 0);
  const runs = await Promise.all(
    (await readRuns(queue))
      .slice(0, listedRows)
      .map(async ({ run, manifest, total, startedAt, savedBefore = 0 }) => {
        const { ends, spentUsd, reservedUsd } = await queue.ledger.totals(run);
        return { run, manifest, total, savedBefore, ...ends, usd: spentUsd + reservedUsd, startedAt };
      }),
  );
  const rate = intervalMs > 0 ? `, one send every ${intervalMs} ms` : "";
  const lines = [
    `${queue.name}${paused ? " (paused)" : ""}: ${waiting} row(s) queued, ${running} on ${workers ?? "?"} worker(s)${rate}`,
    ...holds.map(({ message }) => message),
    ...runs.map(({ manifest, startedAt, total, savedBefore, saved, failed, unknown, unwritten, usd }) => {
      const ended = Object.entries({ saved, failed, unknown, unwritten }).filter(([, count]) => count > 0);
      // Rows of another run, such as of a copy of the manifest, are counted there.
      const elsewhere = savedBefore > saved ? [`${savedBefore - saved} saved before`] : [];
      const found = [...ended.map(([name, count]) => `${count} ${name}`), ...elsewhere];
      const counts = found.join(", ") || "none ended";
      return `${manifest}, ${startedAt}: ${total} row(s), ${counts}${usd > 0 ? `, USD ${usd.toFixed(2)} at most` : ""}`;
    }),
  ];
  return toDocument({ queue: queue.name, paused, holds, waiting, running, workers, intervalMs, runs }, lines);
}

async function describeRun(manifest: string, redis: string, queue: OpenQueue): Promise<StatusDocument> {
  const { run, changed, invalid, total, isMock, storage } = await findRun(manifest, queue);
  const counted = await countRun(run, total, invalid, queue);
  const { counts, running, left, tasks } = counted;
  const nameRows = changed ? withoutNames : await createNames(manifest, counted);
  const unknownRows = counted.unknownRows.map(nameRows);
  const unwrittenRows = counted.unwrittenRows.map(nameRows);
  const command = workerCommand(redis, { queue: queue.name, storage, isMock });
  const { spentUsd, reservedUsd } = await queue.ledger.totals(run);
  const usd = spentUsd + reservedUsd;
  const { maxUsd, maxUsdSince: since } = await readBudget(queue.redis, queue.keys.run(run));
  const budget = maxUsd === undefined ? undefined : { maxUsd, since };
  const spent = isMock ? undefined : spendingText({ usd, unpriced: 0 });
  const { holds, paused } = await findHolds(queue);
  const reasons = counts.waiting > 0 ? await readReasons(queue.redis, queue.keys.reasons(run)) : [];
  const lines = [
    countsLine({ ...counts, running, waiting: counts.waiting - running }),
    ...(changed ? ["The manifest has changed since its last run; its rows are counted as they were."] : []),
    ...(isMock ? ["The rows ran against the mock. Nothing was billed."] : []),
    ...(spent === undefined ? [] : [`Cost so far: ${spent}`]),
    ...(budget === undefined ? [] : [budgetLine(budget)]),
    ...holds.map(({ message }) => message),
    ...reasons.map(({ message }) => `Rows wait: ${message}`),
    ...listRows("unknown", unknownRows, counts.unknown),
    ...listRows("unwritten", unwrittenRows, counts.unwritten),
    ...(tasks > 0
      ? [
          `${tasks} unknown row(s) are tasks at the server. \`retouch-queue run ${manifest}\` polls them; nothing is sent again.`,
        ]
      : []),
    ...leftLines(left, command),
    ...(counts.unknown > tasks
      ? [`Send an unknown row again with \`retouch-queue retry ${manifest} ID\`, if you accept paying twice.`]
      : []),
    ...(counts.unwritten > 0
      ? [
          `If the machine of an unwritten row is gone, send the row again with \`retouch-queue retry ${manifest} ID --retry-unwritten\`, and pay twice.`,
        ]
      : []),
  ];
  const facts = {
    manifest,
    run,
    mock: isMock,
    changed,
    paused,
    holds,
    reasons,
    ...counts,
    inFlight: running,
    unknownRows,
    unwrittenRows,
    usd,
    budget,
  };
  return toDocument(facts, lines);
}

function budgetLine({
  maxUsd,
  since,
}: {
  readonly maxUsd: number;
  readonly since: string | undefined;
}): string {
  return `Budget: USD ${maxUsd}${since === undefined ? "" : `, set at ${since}`}`;
}

function listRows(state: string, rows: readonly NamedRow[], count: number): string[] {
  const lines = rows.map(({ key, line, id, output, at, worker, taskId }) => {
    const name = line === undefined ? key : `line ${line}${id === undefined ? "" : ` (${id})`}`;
    const details = [
      ...(output === undefined ? [] : [output]),
      `sent ${at ?? "?"} by ${worker ?? "?"}`,
      ...(taskId === undefined ? [] : [`task ${taskId}`]),
    ];
    return sanitizeText(`${state}: ${name}, ${details.join(", ")}`);
  });
  return count > rows.length ? [...lines, `... and ${count - rows.length} more ${state}`] : lines;
}
