import { readdir, rename } from "node:fs/promises";
import path from "node:path";
import { setFlagsFromString } from "node:v8";
import { batchEvents } from "../batch/batch-events.ts";
import { type BatchCounts, countsLine, showBatchProgress } from "../batch/batch-progress.ts";
import type { BatchRow } from "../batch/batch-row.ts";
import { type BatchFiles, batchFiles } from "../batch/batch-store.ts";
import { type CheckedManifest, checkManifest } from "../batch/check-manifest.ts";
import { chooseRows, type RowChoice } from "../batch/choose-rows.ts";
import { describePlan } from "../batch/describe-plan.ts";
import { mapLimited } from "../batch/map-limited.ts";
import { finishRows, type RowTools, sendRows } from "../batch/run-rows.ts";
import { CliError, usageError } from "../cli-error.ts";
import { type CommandContext, isGiven, numberValue, textValue } from "../command-context.ts";
import { type EditRecord, editRecords } from "../edit-record.ts";
import { exitCodes } from "../exit-codes.ts";
import { listenForSignals } from "../interruption.ts";
import { openJournal, readJournal } from "../journal.ts";
import { journalNotWritable } from "../journal-not-writable.ts";
import { existingOutputs, outputExists, probeOutputFolders } from "../output-guard.ts";
import { prepareServer, type Server } from "../prepare-server.ts";
import { takeLock } from "../run-lock.ts";
import { createSendPacer, parseRate } from "../send-pacer.ts";
import { removeStaleTemporaries } from "../write-output.ts";

const defaultConcurrency = 4;
/** Retries of a 429 for one row: the pacer holds every worker back meanwhile. */
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
  const server = await prepareServer(context, { maxRetries: retriesOfOneRow });
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
      return await runLocked(checked, files, { concurrency, intervalMs }, server, context);
    } finally {
      await lock.release();
    }
  } finally {
    await server.close();
  }
}

function refuseBadRows(
  { problems, rows, warnings }: CheckedManifest,
  manifest: string,
  { parsed, terminal }: CommandContext,
): void {
  for (const { line, message } of warnings) terminal.warn(`${manifest}:${line}: ${message}`);
  if (problems.length === 0) return;
  const lines = problems.map(({ line, message }) => `${manifest}:${line}: ${message}`);
  if (isGiven(parsed, "skip-invalid") && rows.length > 0) {
    for (const line of lines) terminal.warn(`skipped ${line}`);
    return;
  }
  throw Object.assign(
    new CliError(
      `${problems.length} row(s) of ${manifest} are not right. Nothing was sent. Mend them, or leave them out with \`--skip-invalid\`.`,
      { exitCode: exitCodes.usage, code: "invalid_manifest", details: lines },
    ),
    {
      problems: problems.map(({ line, message }) => ({
        field: `line ${line}`,
        code: "invalid_row",
        message,
      })),
    },
  );
}

async function answersIn(files: BatchFiles): Promise<(key: string) => boolean> {
  const names = new Set(await readdir(files.folder).catch(() => []));
  return (key) => names.has(path.basename(files.answer(key)));
}

async function choose(
  { rows }: CheckedManifest,
  files: BatchFiles,
  { parsed }: CommandContext,
): Promise<{ choice: RowChoice; records: Map<string, EditRecord> }> {
  const records = editRecords(await readJournal(files.journal));
  const flags = {
    retryFailed: isGiven(parsed, "retry-failed"),
    retryUnknown: isGiven(parsed, "retry-unknown"),
  };
  return { choice: chooseRows(rows, records, await answersIn(files), flags), records };
}

async function dryRunBatch(
  checked: CheckedManifest,
  files: BatchFiles,
  server: Server,
  context: CommandContext,
): Promise<number> {
  const { choice, records } = await choose(checked, files, context);
  await refuseExisting(choice.send, records, context);
  const code = describePlan(checked, choice, server, context);
  return code;
}

/** Finds outputs that are there and that no earlier run of this manifest wrote. */
async function refuseExisting(
  rows: readonly BatchRow[],
  records: ReadonlyMap<string, EditRecord>,
  { parsed, terminal }: CommandContext,
): Promise<BatchRow[]> {
  if (isGiven(parsed, "force")) return [...rows];
  const journaled = new Set([...records.values()].flatMap(({ paths }) => paths));
  const conflicts: string[] = [];
  const free = await mapLimited(rows, 32, async (row) => {
    if (row.job.output === undefined) return row;
    const existing = await existingOutputs(row.job.output, row.job.count);
    if (existing.length === 0) return row;
    if (isGiven(parsed, "skip-existing")) {
      terminal.note(`Skipped ${row.id}: ${existing[0]} exists.`);
      return undefined;
    }
    const foreign = existing.filter((file) => !journaled.has(file));
    if (foreign.length > 0) conflicts.push(...foreign);
    else
      terminal.note(
        `${row.id} changed since ${existing[0]} was made: the new picture gets a number beside it. Overwrite with \`--force\`.`,
      );
    return row;
  });
  if (conflicts.length > 0) throw outputExists(conflicts);
  return free.filter((row) => row !== undefined);
}

async function runLocked(
  checked: CheckedManifest,
  files: BatchFiles,
  { concurrency, intervalMs }: { concurrency: number; intervalMs: number },
  server: Server,
  context: CommandContext,
): Promise<number> {
  const { parsed, terminal, json } = context;
  const { choice, records } = await choose(checked, files, context);
  const send = await refuseExisting(choice.send, records, context);
  refuseCost(send, server, numberValue(parsed, "max-cost"));
  for (const { job } of [...send, ...choice.finish]) {
    if (job.output !== undefined) await probeOutputFolders(job.output, job.count);
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
  tellEarlier(choice, context);
  const journal = await openJournal(files.journal).catch((error: unknown) => {
    throw journalNotWritable(files.journal, error);
  });
  const interruption = listenForSignals(() => {
    terminal.warn(
      terminal.err.interactive
        ? "Stopping: edits in flight are paid for, so they may finish. Press Ctrl-C again to give them up."
        : "Stopping: edits in flight are paid for, so they have some seconds to finish.",
    );
    if (!terminal.err.interactive) setTimeout(() => interruption.abort(), drainMs).unref();
    stopWaiting.abort();
  });
  const stopWaiting = new AbortController();
  const progress = showBatchProgress(terminal, counts);
  const tools: RowTools = {
    client: server.client,
    journal,
    files,
    pacer: createSendPacer(intervalMs),
    concurrency,
    failFast: isGiven(parsed, "fail-fast"),
    signal: interruption.signal,
    stopWaiting: stopWaiting.signal,
    stopped: () => interruption.received() !== undefined,
    counts,
    events: batchEvents(terminal, json),
    onChange: progress.update,
  };
  try {
    await tidy([...choice.finish, ...send]);
    const unread = await finishRows(choice.finish, records, tools);
    // Their answer can not be read: they are unknown, and sent anew only where that was asked for.
    const again = isGiven(parsed, "retry-unknown") ? unread : [];
    counts.unknown -= again.length;
    for (const { key } of again) await setAside(files.answer(key), context);
    await sendRows([...again, ...send], tools);
  } finally {
    progress.stop();
    interruption.dispose();
    await journal.close();
  }
  const exitCode = exitCodeOfRun(counts, interruption.received());
  tools.events.done(counts, exitCode);
  terminal.note(`${countsLine(counts)}.`);
  const left = counts.total - counts.saved - counts.skipped - counts.failed - counts.unknown;
  if (left > 0) terminal.note(`${left} row(s) were not sent. Run the same command again to go on.`);
  if (counts.unknown > 0) {
    terminal.note(
      "Unknown rows may have been billed. Send them again with `--retry-unknown` only if that is worth it.",
    );
  }
  return exitCode;
}

/** Keeps an answer that was paid for apart from the one that comes instead. */
async function setAside(answerFile: string, { terminal }: CommandContext): Promise<void> {
  const aside = `${answerFile}.${Date.now()}`;
  await rename(answerFile, aside);
  terminal.note("Sent again as `--retry-unknown` says; the answer so far stays at:");
  terminal.note(aside);
}

async function tidy(rows: readonly BatchRow[]): Promise<void> {
  const folders = new Set<string>();
  for (const { job } of rows) {
    const start = job.output?.pieces[0];
    if (typeof start === "string") folders.add(path.dirname(start));
  }
  for (const folder of folders) await removeStaleTemporaries(folder);
}

function tellEarlier({ saved, failed, unknown, finish }: RowChoice, { terminal }: CommandContext): void {
  if (saved.length > 0) terminal.note(`${saved.length} row(s) are saved already.`);
  if (finish.length > 0)
    terminal.note(`${finish.length} row(s) have their answer on disk and are finished without sending.`);
  if (failed.length > 0)
    terminal.note(`${failed.length} row(s) failed before. Send them again with \`--retry-failed\`.`);
  if (unknown.length > 0) {
    terminal.note(
      `${unknown.length} row(s) are unknown: sent before, maybe billed. Send them again with \`--retry-unknown\`.`,
    );
  }
}

function refuseCost(rows: readonly BatchRow[], { client }: Server, maxCostUsd: number | undefined): void {
  if (maxCostUsd === undefined) return;
  let sum = 0;
  for (const { job, id } of rows) {
    const worst = client.worstCaseUsd(job.params);
    if (worst === undefined) {
      throw new CliError(
        `\`--max-cost\` can not be kept: the price of ${String(job.params["model"])} at ${client.server} is unknown (row ${id}). ` +
          "Nothing was sent. Leave `--max-cost` out to go on without a limit.",
        { exitCode: exitCodes.budget, code: "unknown_price" },
      );
    }
    sum += worst;
  }
  if (sum <= maxCostUsd) return;
  throw new CliError(
    `The batch may cost USD ${sum.toFixed(2)}, more than \`--max-cost ${maxCostUsd}\`. Nothing was sent. ` +
      "Raise the limit, lower `quality` or `size`, or split the manifest.",
    { exitCode: exitCodes.budget, code: "over_budget" },
  );
}

/** Decides how a run ends: the signal, else unknown rows, else failed or invalid ones. */
function exitCodeOfRun(counts: BatchCounts, signal: "SIGINT" | "SIGTERM" | undefined): number {
  if (signal !== undefined) return signal === "SIGINT" ? exitCodes.interrupted : exitCodes.terminated;
  if (counts.unknown > 0) return exitCodes.unknown;
  const left = counts.total - counts.saved - counts.skipped;
  return counts.failed > 0 || counts.invalid > 0 || left > 0 ? exitCodes.batchFailed : exitCodes.ok;
}
