import { readdir } from "node:fs/promises";
import path from "node:path";
import { setFlagsFromString } from "node:v8";
import { type BatchRunFlags, readBatchRunFlags } from "../arguments/batch-run-flags.ts";
import type { CommandContext } from "../arguments/command-context.ts";
import type { BatchRow } from "../batch/manifest/batch-row.ts";
import { type CheckedManifest, checkManifest } from "../batch/manifest/check-manifest.ts";
import { printPlan } from "../batch/plan/print-plan.ts";
import { refuseBadRows, refuseCost, refuseExisting } from "../batch/plan/refuse-run.ts";
import { type RowSelection, selectRows } from "../batch/plan/select-rows.ts";
import { createEvents } from "../batch/run/events.ts";
import { exitCodeOfRun, printPreviousRuns, printSummary } from "../batch/run/print-summary.ts";
import { type BatchCounts, showBatchProgress } from "../batch/run/progress.ts";
import { createRateLimiter } from "../batch/run/rate-limiter.ts";
import { finishRows, type RunContext, sendRows } from "../batch/run/run-rows.ts";
import { readConnectionFlags } from "../config/config.ts";
import { connect, type Server } from "../edit/connect.ts";
import { listenForSignals } from "../errors/interruption.ts";
import { type BatchFiles, batchFiles, storeRows } from "../journal/batch-store.ts";
import { type EditRecord, editRecords } from "../journal/edit-record.ts";
import { openJournalBeforeSending, readJournal } from "../journal/journal.ts";
import { takeLock } from "../journal/run-lock.ts";
import { removeResponse } from "../masks/paste-back-record.ts";
import { checkWritable } from "../output/check-outputs.ts";
import { removeStaleTemporaries } from "../output/write-output.ts";

/** Retries of a 429 per row; the rate limiter pauses every worker meanwhile. */
const maxRetriesPerRow = 5;
/** Time that edits in flight have to finish after a signal, if there is no terminal for a second Ctrl-C. */
const drainMs = 8_000;

/** Runs `retouch batch run`. */
export async function runBatch(context: CommandContext): Promise<number> {
  const { env } = context;
  const flags = readBatchRunFlags(context.parsed);
  const { manifest, defaults, outDir, pasteBack, force } = flags;
  // Hundreds of edits in flight produce much short-lived garbage; collecting it early keeps memory flat (-100 MiB at 256).
  setFlagsFromString("--max-semi-space-size=4");
  setFlagsFromString("--semi-space-growth-factor=1");
  const server = await connect(readConnectionFlags(context.parsed), context, {
    maxRetries: maxRetriesPerRow,
  });
  try {
    const model = defaults.model ?? env["RETOUCH_MODEL"];
    const settings = { outDir, defaults: { ...defaults, model }, pasteBack, force };
    const checked = await checkManifest(manifest, settings, server);
    refuseBadRows(checked, flags, context);
    const files = await batchFiles(manifest, server.isMock);
    if (flags.dryRun) return await dryRunBatch(checked, files, server, flags, context);
    server.requireKey();
    const lock = await takeLock(files.lock, manifest);
    try {
      return await runLocked(checked, files, server, flags, context);
    } finally {
      await lock.release();
    }
  } finally {
    await server.close();
  }
}

async function responsesIn(files: BatchFiles): Promise<(key: string) => boolean> {
  const names = new Set(await readdir(files.directory).catch(() => []));
  return (key) => names.has(path.basename(files.response(key)));
}

async function select(
  { rows }: CheckedManifest,
  files: BatchFiles,
  flags: BatchRunFlags,
): Promise<{ selection: RowSelection; records: Map<string, EditRecord> }> {
  const records = editRecords(await readJournal(files.journal));
  return { selection: selectRows(rows, records, await responsesIn(files), flags), records };
}

async function dryRunBatch(
  checked: CheckedManifest,
  files: BatchFiles,
  server: Server,
  flags: BatchRunFlags,
  context: CommandContext,
): Promise<number> {
  const { selection, records } = await select(checked, files, flags);
  await refuseExisting(selection.send, records, flags, context);
  return printPlan(checked, selection, server, context);
}

async function runLocked(
  checked: CheckedManifest,
  files: BatchFiles,
  server: Server,
  flags: BatchRunFlags,
  context: CommandContext,
): Promise<number> {
  const { terminal, json } = context;
  const { selection, records } = await select(checked, files, flags);
  const send = await refuseExisting(selection.send, records, flags, context);
  refuseCost(send, server, flags.maxCostUsd);
  for (const { job } of [...send, ...selection.finish]) {
    if (job.output !== undefined) await checkWritable(job.output, job.count, job.force);
  }
  const counts: BatchCounts = {
    total: checked.rows.length,
    saved: selection.saved.length,
    skipped: selection.send.length - send.length,
    failed: selection.failed.length,
    unknown: selection.unknown.length,
    invalid: checked.problems.length,
    running: 0,
  };
  await printPreviousRuns(selection, records, context);
  const journal = await openJournalBeforeSending(files.journal);
  const drainSignal = new AbortController();
  const interruption = listenForSignals(() => {
    const inFlight = `${counts.running} edit(s) in flight`;
    terminal.warn(
      terminal.err.interactive
        ? `Stopping. Waiting for ${inFlight}, which are billed either way. Press Ctrl-C again to abort them.`
        : `Stopping. ${inFlight} have some seconds to finish, because they are billed either way.`,
    );
    progress.update();
    if (!terminal.err.interactive) setTimeout(() => interruption.abort(), drainMs).unref();
    drainSignal.abort();
  });
  const progress = showBatchProgress(terminal, counts);
  const run: RunContext = {
    client: server.client,
    journal,
    files,
    rateLimiter: createRateLimiter(flags.intervalMs),
    concurrency: flags.concurrency,
    failFast: flags.failFast,
    signal: interruption.signal,
    drainSignal: drainSignal.signal,
    counts,
    events: createEvents(terminal, json),
    onChange: progress.update,
  };
  try {
    await removeTemporaries([...selection.finish, ...send]);
    await storeRows(
      files.rows,
      flags.manifest,
      checked.rows.map(({ key }) => key),
    );
    // A run that was killed between the record and the removal left these; their images are in place.
    const hasResponse = await responsesIn(files);
    for (const { key } of selection.saved) if (hasResponse(key)) await removeResponse(files.response(key));
    const { unread, canWrite } = await finishRows(selection.finish, records, run);
    // Their response cannot be read, so they are unknown and are sent again only with `--retry-unknown`.
    const again = flags.retryUnknown ? unread : [];
    if (canWrite) await sendRows(send, again, run);
  } finally {
    progress.stop();
    interruption.dispose();
    await journal.close();
  }
  const exitCode = exitCodeOfRun(counts, interruption.received());
  run.events.done(counts, exitCode);
  printSummary(counts, context);
  return exitCode;
}

async function removeTemporaries(rows: readonly BatchRow[]): Promise<void> {
  const directories = new Set<string>();
  for (const { job } of rows) {
    const start = job.output?.chunks[0];
    if (typeof start === "string") directories.add(path.dirname(start));
  }
  for (const directory of directories) await removeStaleTemporaries(directory);
}
