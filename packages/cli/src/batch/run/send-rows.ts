import { setMaxListeners } from "node:events";
import type { EditReport } from "../../edit/edit-report.ts";
import { sendAndSave } from "../../edit/send-and-save.ts";
import { CliError, exitCodes } from "../../errors/cli-error.ts";
import { errorDetails, exitCodeOf } from "../../errors/error-details.ts";
import { isUnresolved } from "../../journal/edit-record.ts";
import { findResponses } from "../../journal/responses.ts";
import { checkDiskSpace } from "../../output/check-disk-space.ts";
import { existingOutputs } from "../../output/check-outputs.ts";
import type { BatchRow } from "../manifest/batch-row.ts";
import { cropRow } from "../manifest/crop-row.ts";
import { findSaved } from "../plan/check-existing.ts";
import { statusOf } from "../plan/select-rows.ts";
import { setAside, type UnreadRows } from "./finish-rows.ts";
import { type EndedRow, failureOf, isDiskFailure, noSink, type RunContext, settle } from "./run-context.ts";

/** Consecutive rejections of key or quota that stop the run: every further row would be rejected too. */
const maxConsecutiveRefusals = 3;

/**
 * Sends rows, at most `concurrency` at a time, spaced by the rate limiter. Rows with an unreadable response come first;
 * that response is moved aside.
 */
export async function sendRows(
  rows: Iterable<number>,
  again: UnreadRows,
  context: RunContext,
): Promise<void> {
  const queue = chain(again.keys(), rows);
  let refusals = 0;
  const ending = new AbortController();
  const waiting = AbortSignal.any([context.signal, context.drainSignal, ending.signal]);
  setMaxListeners(0, waiting);

  async function worker(): Promise<void> {
    for (let next = queue.next(); next.done !== true; next = queue.next()) {
      try {
        await context.rateLimiter.acquireStart(waiting);
      } catch {
        // Stopped while waiting for the rate limiter: this row was never started.
        return;
      }
      const unread = again.get(next.value);
      const isUnread = unread !== undefined;
      const { counts } = context;
      counts.running++;
      if (!isUnread) counts.waiting--;
      context.onChange();
      const { row, report, hasEarlier, isAside } = await sendRow(next.value, unread, context, waiting);
      counts.running--;
      const failure = failureOf(report);
      const code = failure && errorDetails(failure.error).code;
      if (code === notStarted || code === "lock_lost" || code === "in_flight") {
        if (!isUnread) counts.waiting++;
        // Its response was moved aside to send it again.
        else if (isAside) counts.unknown++;
        if (code !== notStarted) context.events.failed(row, report, "failed");
        context.onChange();
        if (code === "in_flight") continue;
        ending.abort();
        return;
      }
      settle(row, report, { sent: true, hasEarlier }, context);
      const exitCode = failure?.exitCode;
      refusals = exitCode === exitCodes.auth || exitCode === exitCodes.quota ? refusals + 1 : 0;
      if (exitCode !== undefined && (context.failFast || refusals >= maxConsecutiveRefusals)) ending.abort();
      if (isDiskFailure(report)) ending.abort();
    }
  }

  await Promise.all(Array.from({ length: context.concurrency }, worker));
}

function* chain(first: Iterable<number>, then: Iterable<number>): Generator<number> {
  yield* first;
  yield* then;
}

/** Code of a row that was not sent because the run was stopping. The next run sends it. */
const notStarted = "not_started";

async function sendRow(
  index: number,
  unread: readonly string[] | undefined,
  context: RunContext,
  waiting: AbortSignal,
): Promise<{ row: EndedRow; report: EditReport; hasEarlier: boolean; isAside: boolean }> {
  const { client, journal, rateLimiter, signal, files, manifest, history, claims, flags, system } = context;
  const key = manifest.rows.keyOf(index);
  const responseFile = files.newResponse(key);
  const line = manifest.rows.lineOf(index);
  const before = history.stateOf(key);
  let hasEarlier = before !== undefined && isUnresolved(before);
  let row: BatchRow | undefined;
  let isAside = false;
  try {
    const loaded = await manifest.load(index);
    row = { ...loaded, job: await cropRow(loaded) };
    await checkDiskSpace(responseFile, row.job, context.counts.running + 1, system);
    if (unread !== undefined) {
      await checkLock(context);
      await setAside(unread, context);
      isAside = true;
    }
  } catch (error) {
    const report = toFailedReport(error);
    return { row: row ?? { line, id: `line ${line}`, key }, report, hasEarlier, isAside };
  }
  async function wait(slot: Promise<void>): Promise<void> {
    try {
      await slot;
      waiting.throwIfAborted();
    } catch (cause) {
      throw new CliError("The run stopped before this row was sent.", {
        exitCode: exitCodes.network,
        code: notStarted,
        cause,
      });
    }
  }
  async function beforeSend(attempt: number): Promise<void> {
    // A retry is one more send: it waits like the rows that have not started.
    if (attempt > 1) await wait(rateLimiter.acquireStart(waiting));
    // Not after the slot, which the record of the attempt follows at once: sends would come closer than the rate.
    await checkLock(context);
    await wait(rateLimiter.acquireSend(waiting));
  }
  const report = await sendAndSave(row.job, {
    system,
    id: key,
    request: row.request,
    client,
    claims,
    retryUnknown: flags.retryUnknown,
    hasEarlier,
    outputs: context.outputs,
    saved: context.saved,
    journal,
    responseFile,
    signal,
    sink: noSink,
    row,
    beforeSend,
    async afterClaim(claim) {
      // A copy of the manifest has a journal of its own.
      hasEarlier ||= claim?.hasEarlier === true;
      await checkClaimed(row, context);
    },
    // Again: the run that takes over counts what is recorded, and spends the rest of what this one may.
    afterRecord: () => checkLock(context),
    onRateLimited: (delayMs) => rateLimiter.pauseFor(delayMs),
  });
  return { row, report, hasEarlier, isAside };
}

/**
 * Checks that no other process has taken this run over: it may send other rows, which a limit of this one does not count.
 *
 * @throws CliError `lock_lost`
 */
async function checkLock({ lock }: RunContext): Promise<void> {
  if (await lock.isHeld()) return;
  throw new CliError(
    "Another process took over this run, with `--take-over` or because it showed no sign of life. Nothing more is sent.",
    { exitCode: exitCodes.usage, code: "lock_lost" },
  );
}

/**
 * Reads, with the claim in hand, what other processes did meanwhile. A process that was stopped and wakes after another
 * one took its lock must not send what that one has sent.
 */
async function checkClaimed(row: BatchRow, context: RunContext): Promise<void> {
  const { key } = row;
  const { history, flags, files, system } = context;
  await checkLock(context);
  await history.refresh();
  const state = history.stateOf(key);
  // Unreadable ones were just moved aside.
  const hasResponse =
    state !== undefined && isUnresolved(state) && (await findResponses(files.directory, system)).has(key);
  const facts = { hasResponse, inFlight: false, isClaimed: false };
  if (statusOf(state, facts, flags) === "send" && !(await isSavedElsewhere(row, context))) return;
  throw new CliError("Another process has sent this row meanwhile. It was not sent again.", {
    exitCode: exitCodes.usage,
    code: "in_flight",
  });
}

/**
 * Returns whether a run on another machine, with a state directory of its own, has saved a row: it says so beside the
 * manifest. What it has saved since this run began counts wherever its image is now, also with `--force`. Of an earlier one, the
 * image must be in place: a row of another manifest with the same key has its image elsewhere.
 */
async function isSavedElsewhere(
  { key, request, job: { output, count } }: BatchRow,
  { saved, savedMeanwhile, system }: RunContext,
): Promise<boolean> {
  if ((await savedMeanwhile?.(request))?.some(({ id }) => id === key)) return true;
  if (output === undefined) return false;
  if (!(await saved?.find(request))?.some(({ id }) => id === key)) return false;
  const existing = await existingOutputs(output, count, system);
  return (await findSaved({ request }, existing, saved, system, key)) !== undefined;
}

function toFailedReport(error: unknown): EditReport {
  const known =
    error instanceof CliError ? error : new CliError(String(error), { exitCode: 1, code: "internal" });
  return { images: [], warnings: [], failure: { error: known, exitCode: exitCodeOf(known), urls: [] } };
}
