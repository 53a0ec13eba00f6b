import type { EditReport } from "../../edit/edit-report.ts";
import { saveRescued } from "../../edit/save-rescued.ts";
import { type SaveContext, saveResult } from "../../edit/save-result.ts";
import { exitCodes } from "../../errors/cli-error.ts";
import { mayComeLater, notSentAgain, withOutcome } from "../../errors/post-send-errors.ts";
import type { BatchRow } from "../manifest/batch-row.ts";
import { jobAsSent } from "../manifest/crop-row.ts";
import { failureOf, isDiskFailure, noSink, type RunContext, settle } from "./run-context.ts";

/**
 * Finishes rows whose response is on disk, without a POST. Returns the rows whose images cannot be had from it, and whether images can
 * be written: if not, the next billed edit would fail too.
 */
export async function finishRows(
  rows: Iterable<number>,
  context: RunContext,
): Promise<{ readonly unread: readonly number[]; readonly canWrite: boolean }> {
  const unread: number[] = [];
  let canWrite = true;
  for (const index of rows) {
    if (context.drainSignal.aborted) break;
    const row = await context.manifest.load(index);
    const finished = await finishRow(row, context);
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
    else if (failure !== undefined && !isLate) unread.push(index);
  }
  return { unread, canWrite };
}

async function finishRow(row: BatchRow, context: RunContext): Promise<EditReport> {
  const { client, files, journal, signal, claims, outputs, saved, history, lock, system } = context;
  const { key, request } = row;
  const responseFile = files.response(key);
  const record = await history.read(key);
  const job = await jobAsSent(row, record);
  const closing: SaveContext = {
    system,
    id: key,
    request,
    journal,
    responseFile,
    isHeld: lock.isHeld,
    signal,
    outputs,
    saved,
    sink: noSink,
    onClosed: async (end, edit) => (end === "saved" ? claims?.resolve(request, key, edit) : undefined),
  };
  try {
    const result = await client.readResponse(responseFile, job.count);
    // Images written before the interruption are not overwritten.
    return await saveResult(result, job, closing, record?.paths);
  } catch (error) {
    const rescued = await saveRescued(error, job, closing, record?.paths);
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
