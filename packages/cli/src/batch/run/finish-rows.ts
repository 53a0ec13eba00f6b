import type { EditReport } from "../../edit/edit-report.ts";
import { saveRescued } from "../../edit/save-rescued.ts";
import { type SaveContext, saveResult } from "../../edit/save-result.ts";
import { exitCodes } from "../../errors/cli-error.ts";
import { errorDetails } from "../../errors/error-details.ts";
import { mayComeLater, notSentAgain, withOutcome } from "../../errors/post-send-errors.ts";
import { isEarlierAttempt, isOfAttempt, lastFirst } from "../../journal/attempts.ts";
import type { EditRecord } from "../../journal/edit-record.ts";
import { isSentAgain } from "../../journal/is-sent-again.ts";
import type { StoredResponse } from "../../journal/responses.ts";
import { errorCode } from "../../journal/system.ts";
import { removeResponse } from "../../masks/paste-back-record.ts";
import type { BatchRow } from "../manifest/batch-row.ts";
import { jobAsSent } from "../manifest/crop-row.ts";
import { failureOf, isDiskFailure, noSink, type RunContext, settle } from "./run-context.ts";

/** Rows whose stored responses cannot be read, with those files. */
export type UnreadRows = ReadonlyMap<number, readonly string[]>;

/**
 * Finishes rows whose response is on disk, without a POST. Returns the rows whose images cannot be had from it, and whether images can
 * be written: if not, the next billed edit would fail too.
 */
export async function finishRows(
  rows: Iterable<number>,
  context: RunContext,
): Promise<{ readonly unread: UnreadRows; readonly canWrite: boolean }> {
  const unread = new Map<number, readonly string[]>();
  let canWrite = true;
  for (const index of rows) {
    if (context.drainSignal.aborted) break;
    const row = await context.manifest.load(index);
    const responses = context.responses.get(row.key) ?? [];
    const finished = await finishRow(row, responses, context);
    const failure = failureOf(finished);
    // What is billed is not sent again as long as its image can still be downloaded.
    const isLate = failure !== undefined && mayComeLater(failure.error);
    const report =
      isLate && context.flags.retryUnknown
        ? { ...finished, failure: { ...failure, error: notSentAgain(failure.error, row.key) } }
        : finished;
    context.counts.unwritten--;
    settle(row, report, { sent: false, hasEarlier: true }, context);
    if (isDiskFailure(report)) canWrite = false;
    // A full disk can be fixed later; an unreadable response cannot.
    else if (failure !== undefined && !isLate)
      unread.set(
        index,
        responses.map(({ file }) => file),
      );
  }
  return { unread, canWrite };
}

/** Saves the images of every attempt of a row that has left a response. */
async function finishRow(
  row: BatchRow,
  responses: readonly StoredResponse[],
  context: RunContext,
): Promise<EditReport> {
  const record = await context.history.read(row.key);
  const job = await jobAsSent(row, record);
  const saved = new Set<string>();
  let report: EditReport | undefined;
  for (const { attempt, file } of lastFirst(responses, record)) {
    if (saved.has(attempt)) continue;
    const next = await finishResponse(file, row, job, record, context);
    if (failureOf(next) === undefined) saved.add(attempt);
    report = report === undefined ? next : merge(report, next);
  }
  // What other polls of their tasks have left.
  for (const { attempt, file } of responses)
    if (saved.has(attempt)) await removeResponse(file, context.system);
  return report ?? unreadable(new Error("The response was removed meanwhile."), undefined);
}

/** Returns the report of a row with two responses. One is enough to save it: the other one stays on the disk for `recover`. */
function merge(first: EditReport, second: EditReport): EditReport {
  const isSaved = (report: EditReport) => failureOf(report) === undefined;
  const isFirst = isSaved(first) || (!isSaved(second) && mayComeLater(first.failure?.error));
  const [base, other] = isFirst ? [first, second] : [second, first];
  const failure = failureOf(other);
  const message = `Another attempt has left a response that cannot be used: see \`retouch recover\`. ${errorDetails(failure?.error).message}`;
  const problem = failure === undefined ? [] : [{ field: "image", code: "sent_again", message }];
  const images = [...first.images, ...second.images];
  return { ...base, images, warnings: [...base.warnings, ...other.warnings, ...problem] };
}

async function finishResponse(
  responseFile: string,
  { key, request }: BatchRow,
  job: BatchRow["job"],
  record: EditRecord | undefined,
  context: RunContext,
): Promise<EditReport> {
  const { client, journal, signal, claims, outputs, saved, system } = context;
  const written = record && isOfAttempt(record, responseFile) ? record.paths : [];
  const closing: SaveContext = {
    system,
    id: key,
    request,
    journal,
    responseFile,
    signal,
    outputs,
    saved,
    sink: noSink,
    isSentAgain:
      record && isEarlierAttempt(record, responseFile)
        ? () => isSentAgain(journal.file, key, responseFile, system)
        : undefined,
    async onClosed(end, edit, isReopened) {
      if (end === "saved" && isReopened !== true) await claims?.resolve(request, key, edit);
    },
  };
  try {
    const result = await client.readResponse(responseFile, job.count);
    // Images written before the interruption are not overwritten.
    return await saveResult(result, job, closing, written);
  } catch (error) {
    const rescued = await saveRescued(error, job, closing, written);
    if (rescued !== undefined) return rescued;
    // The response is incomplete or unreadable: the row stays unknown, and its response stays on disk.
    return unreadable(error, responseFile);
  }
}

function unreadable(cause: unknown, rawAnswer: string | undefined): EditReport {
  const error = withOutcome(cause, true);
  return { images: [], warnings: [], failure: { error, exitCode: exitCodes.unknown, rawAnswer, urls: [] } };
}

/** Moves the billed, unreadable responses of a row aside right before it is sent again. */
export async function setAside(
  responses: readonly string[],
  { counts, events, system }: RunContext,
): Promise<void> {
  for (const file of responses) {
    const aside = `${file}.${system.clock.now()}`;
    try {
      await system.files.rename(file, aside);
      events.setAside(aside);
    } catch (error) {
      // Another run has taken over and moved it, which is found out before the row is sent.
      if (errorCode(error) !== "ENOENT") throw error;
    }
  }
  counts.unknown--;
}
