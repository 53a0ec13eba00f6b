import type { Runtime } from "@retouch/client/node";
import type { CommandContext } from "../../arguments/command-context.ts";
import { type Interruption, listenForSignals } from "../../errors/interruption.ts";
import { savedAttempts } from "../../journal/attempts.ts";
import { storeRows } from "../../journal/batch-store.ts";
import type { RunLock } from "../../journal/claims/run-lock.ts";
import { compactJournal } from "../../journal/compact-journal.ts";
import { type Journal, journalNotWritable, openJournalBeforeSending } from "../../journal/journal.ts";
import { removeResponse } from "../../masks/paste-back-record.ts";
import { probeDirectories } from "../../output/check-outputs.ts";
import { removeStaleTemporaries } from "../../output/write-output.ts";
import type { AdoptedRow } from "../plan/check-existing.ts";
import { warnMissingFiles } from "../plan/check-saved.ts";
import { type Batch, type BatchPlan, planBatch } from "../plan/plan-batch.ts";
import { type PricedEdit, refuseCost } from "../plan/refuse-run.ts";
import { createEvents } from "./events.ts";
import { finishRows, type UnreadRows } from "./finish-rows.ts";
import { pollRows } from "./poll-rows.ts";
import { exitCodeOfRun, printPreviousRuns, printSummary } from "./print-summary.ts";
import { type BatchCounts, countRows, type RowCounts, showBatchProgress } from "./progress.ts";
import { createRateLimiter, steadyClock } from "./rate-limiter.ts";
import type { RunContext } from "./run-context.ts";
import { sendRows } from "./send-rows.ts";

/** Time that edits in flight have to finish after a signal, if there is no terminal for a second Ctrl-C. */
const drainMs = 8_000;

/** Runs a manifest whose lock this process holds. Returns the exit code. */
export async function runLocked(batch: Batch, lock: RunLock, context: CommandContext): Promise<number> {
  const { checked, files, server, flags } = batch;
  const { rows } = checked;
  const { system } = context;
  // Before the plan, which finds what was saved earlier.
  const savedMeanwhile = await batch.saved?.watch();
  const plan = await planBatch(batch, context);
  const { history, selection, chosen, pending } = plan;
  // A response on disk that turns out to be unreadable is sent again.
  const mayBeSent = [...chosen("send"), ...(flags.retryUnknown ? chosen("finish") : [])];
  refuseCost(pricesOf(batch, mayBeSent), history.spending, server, flags.maxCostUsd);
  const directories = rows.directoriesOf([...chosen("send"), ...chosen("finish"), ...pending]);
  await probeDirectories(directories, system);
  printPreviousRuns(selection, pending.length, context);
  await warnMissingFiles(checked, selection, history, context);
  const journal = await openJournalBeforeSending(files.journal, system);
  try {
    await recordPlan(batch, plan, journal, context);
    for (const directory of directories) await removeStaleTemporaries(directory, system);
    // A run that was killed between the record and the removal left these. What another attempt has left is for `recover`.
    const savedBefore = await savedAttempts(plan.responses, history);
    for (const { attempt, file } of [...plan.responses.values()].flat())
      if (savedBefore.has(attempt)) await removeResponse(file, system);
    return await runRows(batch, plan, { journal, lock, savedMeanwhile }, context);
  } finally {
    await journal.close();
    // The journal is complete either way; a smaller one is only faster to read. A run that has taken over has it open.
    if (await lock.isHeld()) await compactJournal(history, system).catch(() => undefined);
  }
}

function* pricesOf({ checked: { rows } }: Batch, toSend: Iterable<number>): Generator<PricedEdit> {
  for (const index of toSend) yield { maxUsd: rows.maxUsdOf(index), name: `line ${rows.lineOf(index)}` };
}

async function runRows(
  batch: Batch,
  plan: BatchPlan,
  { journal, lock, savedMeanwhile }: Pick<RunContext, "journal" | "lock" | "savedMeanwhile">,
  context: CommandContext,
): Promise<number> {
  const { terminal, json, system } = context;
  const { checked, files, server, flags, claims, outputs, saved } = batch;
  const { history, selection, chosen, pending } = plan;
  const counts: BatchCounts = {
    ...countRows(selection, checked.rows.length, checked.problems.count),
    running: 0,
    finished: 0,
    spending: { ...history.spending },
  };
  const others = countOthers(batch, plan);
  const drain = new AbortController();
  const interruption = listenForSignals(system.signals, () => {
    const inFlight = `${counts.running} edit(s) in flight`;
    terminal.warn(
      terminal.err.interactive
        ? `Stopping. Waiting for ${inFlight}, which are billed either way. Press Ctrl-C again to abort them.`
        : `Stopping. ${inFlight} have some seconds to finish, because they are billed either way.`,
    );
    drain.abort();
    progress.update();
    if (!terminal.err.interactive) abortLater(interruption, system.runtime);
  });
  const progress = showBatchProgress(terminal, counts, system.runtime, drain.signal);
  const run: RunContext = {
    system,
    manifest: checked,
    client: server.client,
    journal,
    history,
    lock,
    claims,
    outputs,
    saved,
    savedMeanwhile,
    files,
    responses: plan.responses,
    rateLimiter: createRateLimiter(flags.intervalMs, steadyClock(system)),
    concurrency: flags.concurrency,
    failFast: flags.failFast,
    flags,
    signal: interruption.signal,
    drainSignal: drain.signal,
    counts,
    events: createEvents(terminal, json),
    onChange: progress.update,
  };
  try {
    const { unread, canWrite } = await finishRows(chosen("finish"), run);
    // Their response cannot be read, so they are unknown and are sent again only with `--retry-unknown`.
    const again: UnreadRows = flags.retryUnknown ? unread : new Map();
    if (canWrite) await Promise.all([pollRows(pending, run), sendRows(chosen("send"), again, run)]);
  } finally {
    progress.stop();
    interruption.dispose();
  }
  await history.refresh();
  const exitCode = exitCodeOfRun(subtract(counts, others), interruption.received());
  run.events.done(counts, exitCode);
  printSummary(counts, server.isMock, context);
  return exitCode;
}

/** Aborts what is in flight once it had time to finish. */
function abortLater(interruption: Interruption, runtime: Runtime): void {
  const timer = runtime.setTimeout(() => interruption.abort(), drainMs);
  // What finishes earlier ends the process.
  (timer as { unref?(): unknown }).unref?.();
}

/** Counts the rows that `batch retry` does not name: they do not decide its exit code. */
function countOthers(
  { checked: { rows, problems }, flags: { only } }: Batch,
  { selection, isChosen }: BatchPlan,
): RowCounts {
  const others: RowCounts = { ...countRows(selection, 0, only === undefined ? 0 : problems.count) };
  for (const status of ["failed", "unknown", "finish", "send"] as const) {
    let count = 0;
    for (const index of selection.with(status)) if (!isChosen(index)) count++;
    others[status === "finish" ? "unwritten" : status === "send" ? "waiting" : status] = count;
  }
  return { ...others, total: rows.length };
}

function subtract(counts: RowCounts, others: RowCounts): RowCounts {
  const { failed, unknown, unwritten, waiting, invalid } = counts;
  return {
    ...counts,
    invalid: invalid - others.invalid,
    failed: failed - others.failed,
    unknown: unknown - others.unknown,
    unwritten: unwritten - others.unwritten,
    waiting: waiting - others.waiting,
  };
}

/**
 * Records what the run is about to do.
 *
 * @throws CliError, exit code 2, if that cannot be written: the disk would not hold its responses either.
 */
async function recordPlan(
  batch: Batch,
  plan: BatchPlan,
  journal: Journal,
  { system }: CommandContext,
): Promise<void> {
  const { checked, files, flags } = batch;
  const invalid = checked.problems.count;
  try {
    await recordAdopted(plan.adopted, journal);
    await storeRows(files.rows, flags.manifest, { invalid }, rowLines(batch, plan), system);
  } catch (error) {
    throw journalNotWritable(files.rows, error);
  }
}

/** Records rows that hold the saved result of the same request, so that the next run finds them in the journal. */
async function recordAdopted(adopted: readonly AdoptedRow[], journal: Journal): Promise<void> {
  await Promise.all(
    adopted.map(({ key, files }) => journal.write({ type: "saved", id: key, files, spentUsd: 0 })),
  );
}

function* rowLines(
  { checked: { rows } }: Batch,
  { selection, unknown }: BatchPlan,
): Generator<{ key: string; status?: string }> {
  for (let index = 0; index < rows.length; index++) {
    const key = rows.keyOf(index);
    if (selection.statusOf(index) === "skipped") yield { key, status: "skipped" };
    else yield unknown.has(index) ? { key, status: "unknown" } : { key };
  }
}
