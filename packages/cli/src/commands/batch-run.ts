import { readdir } from "node:fs/promises";
import path from "node:path";
import { setFlagsFromString } from "node:v8";
import { type BatchRunFlags, readBatchRunFlags } from "../arguments/batch-run-flags.ts";
import type { CommandContext } from "../arguments/command-context.ts";
import { type CheckedManifest, checkManifest } from "../batch/manifest/check-manifest.ts";
import { type AdoptedRow, checkExisting } from "../batch/plan/check-existing.ts";
import { warnMissingFiles } from "../batch/plan/check-saved.ts";
import { findClaimed } from "../batch/plan/find-claimed.ts";
import { printPlan } from "../batch/plan/print-plan.ts";
import { refuseBadRows, refuseCost } from "../batch/plan/refuse-run.ts";
import { RowSelection, statusOf } from "../batch/plan/select-rows.ts";
import { createEvents } from "../batch/run/events.ts";
import { finishRows } from "../batch/run/finish-rows.ts";
import { exitCodeOfRun, printPreviousRuns, printSummary } from "../batch/run/print-summary.ts";
import { type BatchCounts, countRows, showBatchProgress } from "../batch/run/progress.ts";
import { createRateLimiter } from "../batch/run/rate-limiter.ts";
import type { RunContext } from "../batch/run/run-context.ts";
import { sendRows } from "../batch/run/send-rows.ts";
import { readConnectionFlags } from "../config/config.ts";
import { connect, type Server } from "../edit/connect.ts";
import { listenForSignals } from "../errors/interruption.ts";
import {
  type BatchFiles,
  batchFiles,
  markerPlaces,
  markManifest,
  storeRows,
} from "../journal/batch-store.ts";
import { type ClaimStore, openClaims } from "../journal/claims/claims.ts";
import { type RunLock, takeLock } from "../journal/claims/run-lock.ts";
import { compactJournal } from "../journal/compact-journal.ts";
import { type FoldedJournal, foldJournal } from "../journal/fold-journal.ts";
import { type Journal, openJournalBeforeSending } from "../journal/journal.ts";
import { openSavedIndex, type SavedIndex } from "../journal/saved-index.ts";
import { nodeSystem } from "../journal/system.ts";
import { resolvedByJournal } from "../journal/unfinished-edits.ts";
import { removeResponse } from "../masks/paste-back-record.ts";
import { probeDirectories } from "../output/check-outputs.ts";
import { removeStaleTemporaries } from "../output/write-output.ts";

/** Retries of a 429 per row; the rate limiter pauses every worker meanwhile. */
const maxRetriesPerRow = 5;
/** Time that edits in flight have to finish after a signal, if there is no terminal for a second Ctrl-C. */
const drainMs = 8_000;

/** A manifest that is ready to run, with where its records are. */
interface Batch {
  readonly checked: CheckedManifest;
  readonly files: BatchFiles;
  readonly server: Server;
  readonly flags: BatchRunFlags;
  /** Absent for the mock, which bills nothing. */
  readonly claims: ClaimStore | undefined;
  readonly saved: SavedIndex | undefined;
}

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
    const open = (places: { readonly claims: string[]; readonly saved: string[] }): Batch => ({
      checked,
      files,
      server,
      flags,
      claims: server.isMock ? undefined : openClaims(places.claims, resolvedByJournal, nodeSystem),
      saved: server.isMock ? undefined : openSavedIndex(places.saved),
    });
    if (flags.dryRun) return await dryRunBatch(open(markerPlaces(files, true)), context);
    server.requireKey();
    const lock = await takeLock(files.lock, {
      what: manifest,
      takeOver: flags.takeOver,
      takeOverFlag: "--take-over",
    });
    try {
      return await runLocked(open(await markManifest(manifest, files)), lock, context);
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
  { checked, files, flags, claims }: Batch,
  history: FoldedJournal,
): Promise<RowSelection> {
  const { rows } = checked;
  const hasResponse = await responsesIn(files);
  const { inFlight, unresolved } = await findClaimed(claims, history);
  return new RowSelection(rows, (index) => {
    const key = rows.keyOf(index);
    const facts = {
      hasResponse: hasResponse(key),
      inFlight: inFlight.has(key),
      isClaimed: unresolved.size > 0 && unresolved.has(rows.requestOf(index)),
    };
    return statusOf(history.stateOf(key), facts, flags);
  });
}

async function dryRunBatch(batch: Batch, context: CommandContext): Promise<number> {
  const { checked, files, flags, saved } = batch;
  const history = await foldJournal(files.journal);
  const selection = await select(batch, history);
  await checkExisting(checked, selection, history, saved, flags, context);
  return printPlan(checked, selection, context);
}

async function runLocked(batch: Batch, lock: RunLock, context: CommandContext): Promise<number> {
  const { checked, files, server, flags, saved } = batch;
  const { rows } = checked;
  const history = await foldJournal(files.journal);
  const selection = await select(batch, history);
  const claimed = new Set(selection.with("unknown"));
  const adopted = await checkExisting(checked, selection, history, saved, flags, context);
  refuseCost(rows, selection.with("send"), history.spending, server, flags.maxCostUsd);
  const directories = rows.directoriesOf([...selection.with("send"), ...selection.with("finish")]);
  await probeDirectories(directories);
  printPreviousRuns(selection, context);
  await warnMissingFiles(checked, selection, history, context);
  const journal = await openJournalBeforeSending(files.journal);
  try {
    await recordAdopted(adopted, journal);
    for (const directory of directories) await removeStaleTemporaries(directory);
    await storeRows(
      files.rows,
      flags.manifest,
      { invalid: checked.problems.count },
      rowLines(rows, selection, claimed),
    );
    // A run that was killed between the record and the removal left these; their images are in place.
    const hasResponse = await responsesIn(files);
    for (const index of selection.with("saved")) {
      const key = rows.keyOf(index);
      if (hasResponse(key)) await removeResponse(files.response(key));
    }
    return await runRows({ ...batch, lock, history, selection, journal }, context);
  } finally {
    await journal.close();
    await compactJournal(history).catch(() => undefined);
  }
}

interface Run extends Batch {
  readonly lock: RunLock;
  readonly history: FoldedJournal;
  readonly selection: RowSelection;
  readonly journal: Journal;
}

async function runRows(run: Run, context: CommandContext): Promise<number> {
  const { terminal, json } = context;
  const { checked, files, server, flags, claims, saved, lock, history, selection, journal } = run;
  const counts: BatchCounts = {
    ...countRows(selection, checked.rows.length, checked.problems.count),
    running: 0,
    finished: 0,
    spending: { ...history.spending },
  };
  const drain = new AbortController();
  const interruption = listenForSignals(() => {
    terminal.warn(
      terminal.err.interactive
        ? "Stopping. Waiting for edits in flight, which are billed either way. Press Ctrl-C again to abort them."
        : "Stopping. Edits in flight have some seconds to finish, because they are billed either way.",
    );
    if (!terminal.err.interactive) setTimeout(() => interruption.abort(), drainMs).unref();
    drain.abort();
  });
  const progress = showBatchProgress(terminal, counts);
  const rowContext: RunContext = {
    manifest: checked,
    client: server.client,
    journal,
    history,
    lock,
    claims,
    saved,
    files,
    rateLimiter: createRateLimiter(flags.intervalMs),
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
    const { unread, canWrite } = await finishRows(selection.with("finish"), rowContext);
    // Their response cannot be read, so they are unknown and are sent again only with `--retry-unknown`.
    const again = flags.retryUnknown ? unread : [];
    if (canWrite) await sendRows(selection.with("send"), again, rowContext);
  } finally {
    progress.stop();
    interruption.dispose();
  }
  await history.refresh();
  const exitCode = exitCodeOfRun(counts, interruption.received());
  rowContext.events.done(counts, exitCode);
  printSummary(counts, context);
  return exitCode;
}

/** Records rows that hold the saved result of the same request, so that the next run finds them in the journal. */
async function recordAdopted(adopted: readonly AdoptedRow[], journal: Journal): Promise<void> {
  await Promise.all(
    adopted.map(({ key, files }) => journal.write({ type: "saved", id: key, files, spentUsd: 0 })),
  );
}

function* rowLines(
  rows: CheckedManifest["rows"],
  selection: RowSelection,
  unknown: ReadonlySet<number>,
): Generator<{ key: string; status?: string }> {
  for (let index = 0; index < rows.length; index++) {
    const key = rows.keyOf(index);
    if (selection.statusOf(index) === "skipped") yield { key, status: "skipped" };
    else yield unknown.has(index) ? { key, status: "unknown" } : { key };
  }
}
