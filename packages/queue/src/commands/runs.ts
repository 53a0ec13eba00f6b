import { hashFile, nodeSystem, type RowCounts, usageError } from "@retouch/cli/journal";
import type { LedgerRow } from "../ledger/ledger.ts";
import { readRows, statusOfRow } from "../producer/find-rows.ts";
import type { OpenQueue } from "../producer/open-queue.ts";
import { hasJobs } from "../producer/queue-jobs.ts";
import type { RunSummary } from "../producer/run-settings.ts";
import { countLeft, type LeftByHost } from "./describe-left.ts";

/** Runs and rows that are listed; the others are counted. */
export const listedRows = 20;
const keysAtOnce = 1024;

/** A run with its id. */
export interface FoundRun extends RunSummary {
  readonly run: string;
}

/** Lists all runs of a queue, the newest first. */
export async function readRuns({ redis, keys }: OpenQueue): Promise<FoundRun[]> {
  const runs = Object.entries(await redis.hgetall(keys.runs)).map(([run, summary]) => ({
    run,
    ...(JSON.parse(summary) as RunSummary),
  }));
  return runs.sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
}

/** Finds the last run of a manifest: by its content, else by its name. */
export async function findRun(
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

/** A row that may be billed and has no image in the storage. */
export interface OpenRow {
  readonly key: string;
  /** The line of the manifest; undefined for a run that an older version has stored. */
  readonly line: number | undefined;
  readonly at: string | undefined;
  readonly worker: string | undefined;
  /** The task that any worker polls. */
  readonly taskId: string | undefined;
  readonly code: string | undefined;
  readonly message: string | undefined;
}

/** The rows of a run. */
interface CountedRun {
  readonly counts: RowCounts;
  readonly running: number;
  /** Rows that have a job, waiting or running. */
  readonly queued: number;
  /** The first of them. */
  readonly unknownRows: OpenRow[];
  readonly unwrittenRows: OpenRow[];
  /** All that workers have left on their machines. */
  readonly left: LeftByHost;
  /** Unknown rows whose task may be polled. */
  readonly tasks: number;
}

/** Reads the keys of some rows of a run. */
export async function rowKeys(
  run: string,
  from: number,
  to: number,
  { redis, keys }: OpenQueue,
): Promise<string[]> {
  const bytes = await redis.getrangeBuffer(keys.rows(run), from * 16, to * 16 - 1);
  return Array.from({ length: bytes.length / 16 }, (_, index) =>
    bytes.subarray(index * 16, index * 16 + 16).toString("hex"),
  );
}

/** Counts the rows of a run by what the ledger says of them now. */
export async function countRun(
  run: string,
  total: number,
  invalid: number,
  queue: OpenQueue,
): Promise<CountedRun> {
  const counts = { total, saved: 0, skipped: 0, failed: 0, unknown: 0, unwritten: 0, waiting: 0, invalid };
  const unknownRows: OpenRow[] = [];
  const unwrittenRows: OpenRow[] = [];
  const left: LeftByHost = new Map();
  let tasks = 0;
  let running = 0;
  let queued = 0;
  for (let at = 0; at < total; at += keysAtOnce) {
    const keys = await rowKeys(run, at, Math.min(at + keysAtOnce, total), queue);
    const lines = await rowLines(run, at, at + keys.length, queue);
    const found = await hasJobs(queue, keys);
    await readRows(keys.entries(), queue.ledger, (index, row) => {
      const { status, inFlight, hasTask } = statusOfRow(row, found[index] === true, () => false);
      if (inFlight) running++;
      if (found[index] === true) queued++;
      // A row that failed before it was sent is sent by the next run, as `retouch batch status` has it.
      if (status === "send") counts.waiting++;
      else counts[status === "finish" ? "unwritten" : status]++;
      if (row === undefined || (status !== "unknown" && status !== "finish")) return;
      if (hasTask) tasks++;
      countLeft(left, row);
      const listed = status === "unknown" ? unknownRows : unwrittenRows;
      if (listed.length < listedRows) listed.push(toOpenRow(row, lines[index]));
    });
  }
  return { counts, running, queued, unknownRows, unwrittenRows, left, tasks };
}

function toOpenRow(
  { key, sentAt, worker, task, code, message }: LedgerRow,
  line: number | undefined,
): OpenRow {
  const at = sentAt === undefined ? undefined : new Date(sentAt).toISOString();
  return { key, line, at, worker, taskId: task?.taskId, code, message };
}

async function rowLines(
  run: string,
  from: number,
  to: number,
  { redis, keys }: OpenQueue,
): Promise<readonly number[]> {
  const bytes = await redis.getrangeBuffer(keys.lines(run), from * 4, to * 4 - 1);
  return Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readUInt32LE(index * 4));
}
