import { type CommandContext, countsLine, exitCodes, spendingText, toSafeJson } from "@retouch/cli/journal";
import { readReasons } from "../jobs/put-back-reasons.ts";
import { type OpenQueue, openQueue } from "../producer/open-queue.ts";
import { countJobs } from "../producer/queue-jobs.ts";
import { readQueueFlags } from "./queue-flags.ts";
import { countRun, findRun, listedRows, readRuns } from "./runs.ts";

/** Runs `retouch-queue status`: of the queue, or of one manifest. Sends nothing. */
export async function runStatus(context: CommandContext): Promise<number> {
  const queue = await openQueue({ ...readQueueFlags(context.parsed), acceptRedisLoss: true });
  try {
    const [manifest] = context.parsed.operands;
    const document = manifest === undefined ? await describeQueue(queue) : await describeRun(manifest, queue);
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

async function describeQueue(queue: OpenQueue): Promise<StatusDocument> {
  const { waiting, running } = await countJobs(queue);
  const paused = await queue.jobs.isPaused();
  const workers = await queue.jobs.getWorkersCount().catch(() => undefined);
  const intervalMs = Number((await queue.redis.hget(queue.keys.rate, "interval")) ?? 0);
  const runs = await Promise.all(
    (await readRuns(queue)).slice(0, listedRows).map(async ({ run, manifest, total, startedAt }) => {
      const { ends, spentUsd, reservedUsd } = await queue.ledger.totals(run);
      return { run, manifest, total, ...ends, usd: spentUsd + reservedUsd, startedAt };
    }),
  );
  const rate = intervalMs > 0 ? `, one send every ${intervalMs} ms` : "";
  const lines = [
    `${queue.name}${paused ? " (paused)" : ""}: ${waiting} row(s) queued, ${running} on ${workers ?? "?"} worker(s)${rate}`,
    ...runs.map(({ manifest, startedAt, total, saved, failed, unknown, unwritten, usd }) => {
      const ended = Object.entries({ saved, failed, unknown, unwritten }).filter(([, count]) => count > 0);
      const counts = ended.map(([name, count]) => `${count} ${name}`).join(", ") || "none ended";
      return `${manifest}, ${startedAt}: ${total} row(s), ${counts}${usd > 0 ? `, USD ${usd.toFixed(2)} at most` : ""}`;
    }),
  ];
  return toDocument({ queue: queue.name, paused, waiting, running, workers, intervalMs, runs }, lines);
}

async function describeRun(manifest: string, queue: OpenQueue): Promise<StatusDocument> {
  const { run, changed, invalid, total, isMock } = await findRun(manifest, queue);
  const { counts, running, unknownRows } = await countRun(run, total, invalid, queue);
  const { spentUsd, reservedUsd } = await queue.ledger.totals(run);
  const usd = spentUsd + reservedUsd;
  const spent = isMock ? undefined : spendingText({ usd, unpriced: 0 });
  const paused = await queue.jobs.isPaused();
  const reasons = counts.waiting > 0 ? await readReasons(queue.redis, queue.keys.reasons(run)) : [];
  const lines = [
    countsLine({ ...counts, running, waiting: counts.waiting - running }),
    ...(changed ? ["The manifest has changed since its last run; its rows are counted as they were."] : []),
    ...(isMock ? ["The rows ran against the mock. Nothing was billed."] : []),
    ...(spent === undefined ? [] : [`Cost so far: ${spent}`]),
    ...(paused ? ["The queue is paused. Continue with `retouch-queue resume`."] : []),
    ...reasons.map(({ message }) => `Rows wait: ${message}`),
    ...unknownRows.map(({ key, at, worker }) => `unknown: ${key}, sent ${at ?? "?"} by ${worker ?? "?"}`),
    ...(counts.unknown > unknownRows.length ? [`... and ${counts.unknown - unknownRows.length} more`] : []),
  ];
  const facts = {
    manifest,
    run,
    mock: isMock,
    changed,
    paused,
    reasons,
    ...counts,
    inFlight: running,
    unknownRows,
    usd,
  };
  return toDocument(facts, lines);
}
