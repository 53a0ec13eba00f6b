import {
  type CommandContext,
  countsLine,
  exitCodes,
  hashFile,
  nodeSystem,
  type RowCounts,
  spendingText,
  toSafeJson,
  usageError,
} from "@retouch/cli/journal";
import { readRows, statusOfRow } from "../producer/find-rows.ts";
import { type OpenQueue, openQueue } from "../producer/open-queue.ts";
import { countJobs, hasJobs } from "../producer/queue-jobs.ts";
import type { RunSummary } from "../producer/run-settings.ts";
import { readQueueFlags } from "./queue-flags.ts";

const listedRows = 20;
const keysAtOnce = 1024;

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

interface FoundRun extends RunSummary {
  readonly run: string;
}

async function readRuns({ redis, keys }: OpenQueue): Promise<FoundRun[]> {
  const runs = Object.entries(await redis.hgetall(keys.runs)).map(([run, summary]) => ({
    run,
    ...(JSON.parse(summary) as RunSummary),
  }));
  return runs.sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
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

/** Finds the last run of a manifest: by its content, else by its name. */
async function findRun(
  manifest: string,
  queue: OpenQueue,
): Promise<FoundRun & { readonly changed: boolean }> {
  const sha256 = await hashFile(manifest, nodeSystem.files).catch(() => {
    throw usageError(`${manifest} cannot be read. Give a manifest; \`retouch batch init\` makes one.`);
  });
  const runs = await readRuns(queue);
  const same = runs.find(({ manifestSha256 }) => manifestSha256 === sha256);
  if (same !== undefined) return { ...same, changed: false };
  const named = runs.find((run) => manifest === run.manifest || manifest.endsWith(`/${run.manifest}`));
  if (named !== undefined) return { ...named, changed: true };
  throw usageError(
    `${manifest} has not been run on this queue yet. Start it with \`retouch-queue run ${manifest}\`.`,
  );
}

async function describeRun(manifest: string, queue: OpenQueue): Promise<StatusDocument> {
  const { run, changed, invalid, total, isMock } = await findRun(manifest, queue);
  const { counts, running, unknownRows } = await countRun(run, total, invalid, queue);
  const { spentUsd, reservedUsd } = await queue.ledger.totals(run);
  const usd = spentUsd + reservedUsd;
  const spent = isMock ? undefined : spendingText({ usd, unpriced: 0 });
  const paused = await queue.jobs.isPaused();
  const lines = [
    countsLine({ ...counts, running, waiting: counts.waiting - running }),
    ...(changed ? ["The manifest has changed since its last run; its rows are counted as they were."] : []),
    ...(isMock ? ["The rows ran against the mock. Nothing was billed."] : []),
    ...(spent === undefined ? [] : [`Cost so far: ${spent}`]),
    ...(paused ? ["The queue is paused. Continue with `retouch-queue resume`."] : []),
    ...unknownRows.map(({ key, at, worker }) => `unknown: ${key}, sent ${at ?? "?"} by ${worker ?? "?"}`),
    ...(counts.unknown > unknownRows.length ? [`... and ${counts.unknown - unknownRows.length} more`] : []),
  ];
  const facts = {
    manifest,
    run,
    mock: isMock,
    changed,
    paused,
    ...counts,
    inFlight: running,
    unknownRows,
    usd,
  };
  return toDocument(facts, lines);
}

interface UnknownRow {
  readonly key: string;
  readonly at: string | undefined;
  readonly worker: string | undefined;
}

/** Counts the rows of a run by what the ledger says of them now. */
async function countRun(
  run: string,
  total: number,
  invalid: number,
  queue: OpenQueue,
): Promise<{ readonly counts: RowCounts; readonly running: number; readonly unknownRows: UnknownRow[] }> {
  const counts = { total, saved: 0, skipped: 0, failed: 0, unknown: 0, unwritten: 0, waiting: 0, invalid };
  const unknownRows: UnknownRow[] = [];
  let running = 0;
  for (let at = 0; at < total; at += keysAtOnce) {
    const bytes = await queue.redis.getrangeBuffer(
      queue.keys.rows(run),
      at * 16,
      Math.min(at + keysAtOnce, total) * 16 - 1,
    );
    const keys = Array.from({ length: bytes.length / 16 }, (_, index) =>
      bytes.subarray(index * 16, index * 16 + 16).toString("hex"),
    );
    const found = await hasJobs(queue, keys);
    await readRows(keys.entries(), queue.ledger, (index, row) => {
      const { status, inFlight } = statusOfRow(row, found[index] === true, () => false);
      if (inFlight) running++;
      // A row that failed before it was sent is sent by the next run, as `retouch batch status` has it.
      if (status === "send") counts.waiting++;
      else counts[status === "finish" ? "unwritten" : status]++;
      if (status === "unknown" && unknownRows.length < listedRows) {
        const sentAt = row?.sentAt === undefined ? undefined : new Date(row.sentAt).toISOString();
        unknownRows.push({ key: keys[index] ?? "", at: sentAt, worker: row?.worker });
      }
    });
  }
  return { counts, running, unknownRows };
}
