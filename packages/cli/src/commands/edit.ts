import { type CommandContext, isGiven } from "../arguments/command-context.ts";
import { modelNote } from "../config/config.ts";
import { connect } from "../edit/connect.ts";
import type { EditJob } from "../edit/edit-job.ts";
import type { EditReport } from "../edit/edit-report.ts";
import { performEdit } from "../edit/perform-edit.ts";
import { planEdits } from "../edit/plan-edits.ts";
import { printDryRun, printReport, showProgress, toEditDocument } from "../edit/print-report.ts";
import { exitCodes, usageError } from "../errors/cli-error.ts";
import { listenForSignals } from "../errors/interruption.ts";
import { journalNotWritable, openJournal } from "../journal/journal.ts";
import { newEditFiles, pruneEdits } from "../journal/state-directory.ts";
import {
  checkDiskSpace,
  existingOutputs,
  outputExists,
  probeOutputDirectories,
  refuseDirectories,
} from "../output/check-outputs.ts";
import { possiblePaths } from "../output/output-pattern.ts";
import { toSafeJson } from "../terminal/sanitize-text.ts";

/** Runs `retouch edit`. */
export async function runEdit(context: CommandContext): Promise<number> {
  const { parsed, terminal, json } = context;
  if (parsed.values["output"] === "-" && process.stdout.isTTY && !isGiven(parsed, "dry-run")) {
    throw usageError(
      "`-o -` would write a picture's bytes to this terminal. Send them on with `> file.png` or a pipe.",
    );
  }
  const planned = await planEdits(context);
  const note = modelNote(String(planned[0]?.params["model"]));
  if (note !== undefined) terminal.warn(note);
  checkCollisions(planned);
  const jobs = await skipExisting(planned, context);
  const dryRun = isGiven(parsed, "dry-run");
  const server = await connect(context);
  try {
    const warnings = await server.checkAll(jobs);
    if (dryRun) return printDryRun(jobs, warnings, server, context);
    if (jobs.length > 0) server.requireKey();
    for (const { output, count, force } of jobs) {
      if (output === undefined) continue;
      await probeOutputDirectories(output, count);
      if (force) await refuseDirectories(output, count);
    }
    const reports = await editAll(jobs, server, context);
    if (json) terminal.data(toSafeJson(toEditDocument(reports, isGiven(parsed, "each")), 2));
    return exitCode(reports);
  } finally {
    await server.close();
  }
}

async function editAll(
  jobs: readonly EditJob[],
  server: Awaited<ReturnType<typeof connect>>,
  context: CommandContext,
): Promise<EditReport[]> {
  const reports: EditReport[] = [];
  const interruption = listenForSignals();
  try {
    for (const job of jobs) {
      const report = await editOne(job, server, context, interruption.signal);
      reports.push(report);
      printReport(report, context);
      if (report.failure !== undefined && stopsRun(report.failure.exitCode)) break;
    }
  } finally {
    interruption.dispose();
  }
  return reports;
}

/** Tells whether every further edit would fail alike: a refused key, a spent quota, a signal. */
function stopsRun(exitCode: number): boolean {
  const { auth, quota, interrupted, terminated } = exitCodes;
  return [auth, quota, interrupted, terminated].some((code) => code === exitCode);
}

async function editOne(
  job: EditJob,
  server: Awaited<ReturnType<typeof connect>>,
  { terminal }: CommandContext,
  signal: AbortSignal,
): Promise<EditReport> {
  const files = newEditFiles();
  const journal = await openJournal(files.journal).catch((error: unknown) => {
    throw journalNotWritable(files.journal, error);
  });
  const progress = showProgress(terminal, job);
  try {
    await checkDiskSpace(files.answer, job.count);
    return await performEdit(job, {
      id: files.id,
      client: server.client,
      journal,
      responseFile: files.answer,
      signal,
      sink: (bytes) => terminal.bytes(bytes),
      onProgress: progress.update,
    });
  } finally {
    progress.stop();
    await journal.close();
    // Tidying up is never worth failing an edit that was paid for.
    await pruneEdits().catch(() => undefined);
  }
}

/** Refuses edits that would write the same file. */
function checkCollisions(jobs: readonly EditJob[]): void {
  const seen = new Map<string, string>();
  for (const { output, count, inputs } of jobs) {
    if (output === undefined) continue;
    const label = inputs[0]?.label ?? "";
    const files = new Set(possiblePaths(output, count));
    for (const file of files) {
      const other = seen.get(file);
      if (other !== undefined) {
        throw usageError(
          `${other} and ${label} would both be written to ${file}. Use a template with {name} or {rel}.`,
        );
      }
      seen.set(file, label);
    }
  }
}

async function skipExisting(
  jobs: readonly EditJob[],
  { parsed, terminal }: CommandContext,
): Promise<EditJob[]> {
  const left: EditJob[] = [];
  const conflicts: string[] = [];
  for (const job of jobs) {
    const existing =
      job.force || job.output === undefined ? [] : await existingOutputs(job.output, job.count);
    if (existing.length === 0) left.push(job);
    else if (isGiven(parsed, "skip-existing"))
      terminal.note(`Skipped: ${existing[0]} exists. Nothing was sent.`);
    else conflicts.push(...existing);
  }
  if (conflicts.length > 0) throw outputExists(conflicts);
  return left;
}

function exitCode(reports: readonly EditReport[]): number {
  const codes = reports.flatMap(({ failure }) => (failure === undefined ? [] : [failure.exitCode]));
  const [first] = codes;
  if (first === undefined) return exitCodes.ok;
  const last = codes.at(-1) ?? first;
  if (reports.length === 1 || stopsRun(last)) return last;
  return codes.includes(exitCodes.unknown) ? exitCodes.unknown : exitCodes.batchFailed;
}
