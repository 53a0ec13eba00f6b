import { setMaxListeners } from "node:events";
import { rename } from "node:fs/promises";
import type { EditClient } from "../../edit/edit-client.ts";
import type { EditReport } from "../../edit/edit-report.ts";
import { saveRescued } from "../../edit/save-rescued.ts";
import { saveResult } from "../../edit/save-result.ts";
import { sendAndSave } from "../../edit/send-and-save.ts";
import { CliError, exitCodes } from "../../errors/cli-error.ts";
import { errorDetails, exitCodeOf } from "../../errors/error-details.ts";
import { withOutcome } from "../../errors/post-send-errors.ts";
import type { BatchFiles } from "../../journal/batch-store.ts";
import type { EditRecord } from "../../journal/edit-record.ts";
import type { Journal } from "../../journal/journal.ts";
import { checkDiskSpace } from "../../output/check-outputs.ts";
import type { BatchRow } from "../manifest/batch-row.ts";
import type { BatchEvents } from "./events.ts";
import type { BatchCounts } from "./progress.ts";
import type { RateLimiter } from "./rate-limiter.ts";

/** Dependencies of running rows. */
export interface RunContext {
  readonly client: EditClient;
  readonly journal: Journal;
  readonly files: BatchFiles;
  readonly rateLimiter: RateLimiter;
  readonly concurrency: number;
  readonly failFast: boolean;
  /** Aborts edits in flight. */
  readonly signal: AbortSignal;
  /** Aborts once no further row may be sent; waiting rows then give up. */
  readonly drainSignal: AbortSignal;
  readonly counts: BatchCounts;
  readonly events: BatchEvents;
  readonly onChange: () => void;
}

const noSink = async () => {
  throw new Error("A batch writes only files.");
};

/** Consecutive rejections of key or quota that stop the run: every further row would be rejected too. */
const maxConsecutiveRefusals = 3;

/**
 * Finishes rows whose response is on disk, without a POST. Returns the rows that cannot be read, and whether images can
 * be written: if not, the next billed edit would fail too.
 */
export async function finishRows(
  rows: readonly BatchRow[],
  records: ReadonlyMap<string, EditRecord>,
  context: RunContext,
): Promise<{ readonly unread: readonly BatchRow[]; readonly canWrite: boolean }> {
  const unread: BatchRow[] = [];
  let canWrite = true;
  for (const row of rows) {
    if (context.drainSignal.aborted) break;
    const report = await finishRow(row, records.get(row.key)?.paths, context);
    settle(row, report, false, context);
    if (isDiskFailure(report)) canWrite = false;
    // A full disk can be fixed later; an unreadable response cannot.
    else if (report.failure !== undefined) unread.push(row);
  }
  return { unread, canWrite };
}

async function finishRow(
  { key, job }: BatchRow,
  written: EditRecord["paths"] | undefined,
  { client, files, journal, signal }: RunContext,
): Promise<EditReport> {
  const responseFile = files.response(key);
  const closing = { id: key, journal, responseFile, signal, sink: noSink };
  try {
    const result = await client.readResponse(responseFile, job.count);
    // Images written before the interruption are not overwritten.
    return await saveResult(result, job, closing, written);
  } catch (error) {
    const rescued = await saveRescued(error, job, closing, written);
    if (rescued !== undefined) return rescued;
    // The response is incomplete or unreadable: the row stays unknown, and its response stays on disk.
    const failure = {
      error: withOutcome(error, true),
      exitCode: exitCodes.unknown,
      rawAnswer: responseFile,
      urls: [],
    };
    return { images: [], warnings: [], failure };
  }
}

function settle(row: BatchRow, report: EditReport, sent: boolean, context: RunContext): void {
  const { counts, events } = context;
  if (report.failure === undefined) {
    counts.saved++;
    events.saved(row, report, sent);
  } else {
    if (errorDetails(report.failure.error).outcome === "unknown") counts.unknown++;
    else counts.failed++;
    events.failed(row, report);
  }
  context.onChange();
}

/**
 * Sends rows, at most `concurrency` at a time, spaced by the rate limiter. Rows with an unreadable response come first;
 * that response is moved aside.
 */
export async function sendRows(
  rows: readonly BatchRow[],
  again: readonly BatchRow[],
  context: RunContext,
): Promise<void> {
  const all = [...again, ...rows];
  const unread = new Set(again);
  let next = 0;
  let refusals = 0;
  const ending = new AbortController();
  const waiting = AbortSignal.any([context.signal, context.drainSignal, ending.signal]);
  setMaxListeners(0, waiting);

  async function worker(): Promise<void> {
    for (let row = all[next++]; row !== undefined; row = all[next++]) {
      try {
        await context.rateLimiter.acquireStart(waiting);
      } catch {
        // Stopped while waiting for the rate limiter: this row was never started.
        return;
      }
      context.counts.running++;
      context.onChange();
      const report = await sendRow(row, unread.has(row), context, waiting);
      context.counts.running--;
      if (report.failure !== undefined && errorDetails(report.failure.error).code === notStarted) {
        context.onChange();
        return;
      }
      settle(row, report, true, context);
      const code = report.failure?.exitCode;
      refusals = code === exitCodes.auth || code === exitCodes.quota ? refusals + 1 : 0;
      if (code !== undefined && (context.failFast || refusals >= maxConsecutiveRefusals)) ending.abort();
      if (isDiskFailure(report)) ending.abort();
    }
  }

  await Promise.all(Array.from({ length: Math.min(context.concurrency, all.length) }, worker));
}

/** Moves a billed, unreadable response aside right before its row is sent again. */
async function setAside(responseFile: string, { counts, events }: RunContext): Promise<void> {
  const aside = `${responseFile}.${Date.now()}`;
  await rename(responseFile, aside);
  counts.unknown--;
  events.setAside(aside);
}

/** Returns whether a billed image could not be written: the next edit would fail the same way. */
function isDiskFailure({ failure }: EditReport): boolean {
  if (failure === undefined) return false;
  const { code } = errorDetails(failure.error);
  return code === "disk_full" || code === "write_failed" || code === "response_not_saved";
}

/** Code of a row that was not sent because the run was stopping. The next run sends it. */
const notStarted = "not_started";

async function sendRow(
  row: BatchRow,
  isUnread: boolean,
  context: RunContext,
  waiting: AbortSignal,
): Promise<EditReport> {
  const { client, journal, rateLimiter, signal } = context;
  const responseFile = context.files.response(row.key);
  try {
    await checkDiskSpace(responseFile, row.job.count * (context.counts.running + 1));
    if (isUnread) await setAside(responseFile, context);
  } catch (error) {
    return toFailedReport(error);
  }
  async function beforeSend(attempt: number): Promise<void> {
    try {
      // A retry is one more send: it waits like the rows that have not started.
      if (attempt > 1) await rateLimiter.acquireStart(waiting);
      await rateLimiter.acquireSend(waiting);
      waiting.throwIfAborted();
    } catch (cause) {
      throw new CliError("The run stopped before this row was sent.", {
        exitCode: exitCodes.network,
        code: notStarted,
        cause,
      });
    }
  }
  return sendAndSave(row.job, {
    id: row.key,
    client,
    journal,
    responseFile,
    signal,
    sink: noSink,
    row: row.line,
    beforeSend,
    onRateLimited: (delayMs) => rateLimiter.pauseFor(delayMs),
  });
}

function toFailedReport(error: unknown): EditReport {
  const known =
    error instanceof CliError ? error : new CliError(String(error), { exitCode: 1, code: "internal" });
  return { images: [], warnings: [], failure: { error: known, exitCode: exitCodeOf(known), urls: [] } };
}
