import { readdir } from "node:fs/promises";
import path from "node:path";
import { setFlagsFromString } from "node:v8";
import { type CommandContext, isGiven, numberValue, textValue } from "../arguments/command-context.ts";
import type { BatchRow } from "../batch/manifest/batch-row.ts";
import { type CheckedManifest, checkManifest } from "../batch/manifest/check-manifest.ts";
import { printPlan } from "../batch/plan/print-plan.ts";
import { refuseBadRows, refuseCost, refuseExisting } from "../batch/plan/refuse-run.ts";
import { type RowSelection, selectRows } from "../batch/plan/select-rows.ts";
import { createEvents } from "../batch/run/events.ts";
import { exitCodeOfRun, printPreviousRuns, printSummary } from "../batch/run/print-summary.ts";
import { type BatchCounts, showBatchProgress } from "../batch/run/progress.ts";
import { createRateLimiter, parseRate } from "../batch/run/rate-limiter.ts";
import { finishRows, type RunContext, sendRows } from "../batch/run/run-rows.ts";
import { connect, type Server } from "../edit/connect.ts";
import { usageError } from "../errors/cli-error.ts";
import { listenForSignals } from "../errors/interruption.ts";
import { type BatchFiles, batchFiles, storeRows } from "../journal/batch-store.ts";
import { type EditRecord, editRecords } from "../journal/edit-record.ts";
import { journalNotWritable, openJournal, readJournal } from "../journal/journal.ts";
import { takeLock } from "../journal/run-lock.ts";
import { removeResponse } from "../masks/paste-back-record.ts";
import { probeOutputDirectories, refuseDirectories } from "../output/check-outputs.ts";
import { removeStaleTemporaries } from "../output/durable-file.ts";

const defaultConcurrency = 4;
/** Retries of a 429 for one row: the rateLimiter holds every worker back meanwhile. */
const retriesOfOneRow = 5;
/** How long edits in flight may finish after a signal when nobody sits at a terminal. */
const drainMs = 8_000;

/** Runs `retouch batch run`. */
export async function runBatch(context: CommandContext): Promise<number> {
  const { parsed, env } = context;
  const manifest = parsed.operands[0] ?? "";
  const concurrency = numberValue(parsed, "concurrency") ?? defaultConcurrency;
  if (concurrency < 1 || concurrency > 1024) {
    throw usageError(`\`--concurrency\` is ${concurrency}. Give 1 to 1024.`);
  }
  const intervalMs = parseRate(textValue(parsed, "rate"));
  const maxCostUsd = numberValue(parsed, "max-cost");
  if (maxCostUsd !== undefined && maxCostUsd < 0) {
    throw usageError(`\`--max-cost\` is ${maxCostUsd}. Give US dollars, such as 20.`);
  }
  const dryRun = isGiven(parsed, "dry-run");
  // Hundreds of edits in flight make much short-lived garbage: collecting it early keeps memory flat (-100 MiB at 256).
  setFlagsFromString("--max-semi-space-size=4");
  setFlagsFromString("--semi-space-growth-factor=1");
  const server = await connect(context, { maxRetries: retriesOfOneRow });
  try {
    const checked = await checkManifest(
      manifest,
      {
        outDir: textValue(parsed, "out-dir"),
        defaults: {
          model: textValue(parsed, "model") ?? env["RETOUCH_MODEL"],
          prompt: textValue(parsed, "prompt"),
          output: textValue(parsed, "output"),
        },
        pasteBack: isGiven(parsed, "paste-back"),
        force: isGiven(parsed, "force"),
      },
      server,
    );
    refuseBadRows(checked, manifest, context);
    const files = await batchFiles(manifest, server.isMock);
    if (dryRun) return await dryRunBatch(checked, files, server, context);
    server.requireKey();
    const lock = await takeLock(files.lock, manifest);
    try {
      return await runLocked(checked, files, { manifest, concurrency, intervalMs }, server, context);
    } finally {
      await lock.release();
    }
  } finally {
    await server.close();
  }
}

async function responsesIn(files: BatchFiles): Promise<(key: string) => boolean> {
  const names = new Set(await readdir(files.folder).catch(() => []));
  return (key) => names.has(path.basename(files.answer(key)));
}

async function choose(
  { rows }: CheckedManifest,
  files: BatchFiles,
  { parsed }: CommandContext,
): Promise<{ choice: RowSelection; records: Map<string, EditRecord> }> {
  const records = editRecords(await readJournal(files.journal));
  const flags = {
    retryFailed: isGiven(parsed, "retry-failed"),
    retryUnknown: isGiven(parsed, "retry-unknown"),
  };
  return { choice: selectRows(rows, records, await responsesIn(files), flags), records };
}

async function dryRunBatch(
  checked: CheckedManifest,
  files: BatchFiles,
  server: Server,
  context: CommandContext,
): Promise<number> {
  const { choice, records } = await choose(checked, files, context);
  await refuseExisting(choice.send, records, context);
  return printPlan(checked, choice, server, context);
}

async function runLocked(
  checked: CheckedManifest,
  files: BatchFiles,
  { manifest, concurrency, intervalMs }: { manifest: string; concurrency: number; intervalMs: number },
  server: Server,
  context: CommandContext,
): Promise<number> {
  const { parsed, terminal, json } = context;
  const { choice, records } = await choose(checked, files, context);
  const send = await refuseExisting(choice.send, records, context);
  refuseCost(send, server, numberValue(parsed, "max-cost"));
  for (const { job } of [...send, ...choice.finish]) {
    if (job.output === undefined) continue;
    await probeOutputDirectories(job.output, job.count);
    if (job.force) await refuseDirectories(job.output, job.count);
  }
  const counts: BatchCounts = {
    total: checked.rows.length,
    saved: choice.saved.length,
    skipped: choice.send.length - send.length,
    failed: choice.failed.length,
    unknown: choice.unknown.length,
    invalid: checked.problems.length,
    running: 0,
  };
  await printPreviousRuns(choice, records, context);
  const journal = await openJournal(files.journal).catch((error: unknown) => {
    throw journalNotWritable(files.journal, error);
  });
  const drainSignal = new AbortController();
  const interruption = listenForSignals(() => {
    terminal.warn(
      terminal.err.interactive
        ? "Stopping: edits in flight are paid for, so they may finish. Press Ctrl-C again to give them up."
        : "Stopping: edits in flight are paid for, so they have some seconds to finish.",
    );
    if (!terminal.err.interactive) setTimeout(() => interruption.abort(), drainMs).unref();
    drainSignal.abort();
  });
  const progress = showBatchProgress(terminal, counts);
  const tools: RunContext = {
    client: server.client,
    journal,
    files,
    rateLimiter: createRateLimiter(intervalMs),
    concurrency,
    failFast: isGiven(parsed, "fail-fast"),
    signal: interruption.signal,
    drainSignal: drainSignal.signal,
    counts,
    events: createEvents(terminal, json),
    onChange: progress.update,
  };
  try {
    await removeTemporaries([...choice.finish, ...send]);
    await storeRows(
      files.rows,
      manifest,
      checked.rows.map(({ key }) => key),
    );
    // A run that was killed between the record and this left them: their pictures are in place.
    const hasResponse = await responsesIn(files);
    for (const { key } of choice.saved) if (hasResponse(key)) await removeResponse(files.answer(key));
    const { unread, canWrite } = await finishRows(choice.finish, records, tools);
    // Their answer can not be read: they are unknown, and sent anew only where that was asked for.
    const again = isGiven(parsed, "retry-unknown") ? unread : [];
    if (canWrite) await sendRows(send, again, tools);
  } finally {
    progress.stop();
    interruption.dispose();
    await journal.close();
  }
  const exitCode = exitCodeOfRun(counts, interruption.received());
  tools.events.done(counts, exitCode);
  printSummary(counts, context);
  return exitCode;
}

async function removeTemporaries(rows: readonly BatchRow[]): Promise<void> {
  const folders = new Set<string>();
  for (const { job } of rows) {
    const start = job.output?.pieces[0];
    if (typeof start === "string") folders.add(path.dirname(start));
  }
  for (const folder of folders) await removeStaleTemporaries(folder);
}
