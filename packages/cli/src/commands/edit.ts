import type { CommandContext } from "../arguments/command-context.ts";
import { type EditFlags, readEditFlags } from "../arguments/edit-flags.ts";
import { readConnectionFlags } from "../config/config.ts";
import { connect, type Server } from "../edit/connect.ts";
import type { EditJob } from "../edit/edit-job.ts";
import type { EditReport } from "../edit/edit-report.ts";
import { planEdits } from "../edit/plan-edits.ts";
import { printDryRun, printReport, showProgress, toEditDocument } from "../edit/print-report.ts";
import { sendAndSave } from "../edit/send-and-save.ts";
import { exitCodes, usageError } from "../errors/cli-error.ts";
import { listenForSignals } from "../errors/interruption.ts";
import { openClaims } from "../journal/claims/claims.ts";
import { findOwner } from "../journal/find-owner.ts";
import { openJournalBeforeSending } from "../journal/journal.ts";
import { createFileHasher, type HashFile, requestKey } from "../journal/request-key.ts";
import { openSavedIndex, type SavedIndex } from "../journal/saved-index.ts";
import { claimsDirectory, newEditFiles, pruneEdits, savedDirectory } from "../journal/state-directory.ts";
import { nodeSystem } from "../journal/system.ts";
import { dismissSuperseded, resolvedByJournal } from "../journal/unfinished-edits.ts";
import { checkDiskSpace, checkWritable, existingOutputs, outputExists } from "../output/check-outputs.ts";
import { toSafeJson } from "../terminal/sanitize-text.ts";

/** Runs `retouch edit`: reads the flags, plans, checks everything, then sends and saves one edit after the other. */
export async function runEdit(context: CommandContext): Promise<number> {
  const { terminal, json } = context;
  const flags = readEditFlags(context.parsed);
  if (flags.output === "-" && process.stdout.isTTY && !flags.dryRun) {
    throw usageError(
      "`-o -` would write the bytes of an image to this terminal. Redirect them with `> file.png` or a pipe.",
    );
  }
  const planned = await planEdits(flags, context);
  const jobs = await skipExisting(planned, flags, context);
  const server = await connect(readConnectionFlags(context.parsed), context);
  try {
    const warnings = await server.checkAll(jobs);
    if (flags.dryRun) return printDryRun(jobs, warnings, server, context);
    if (jobs.length > 0) server.requireKey();
    for (const { output, count, force } of jobs) {
      if (output !== undefined) await checkWritable(output, count, force);
    }
    const reports = await editAll(jobs, server, flags, context);
    if (json) terminal.data(toSafeJson(toEditDocument(reports, flags.each), 2));
    return exitCode(reports);
  } finally {
    await server.close();
  }
}

async function editAll(
  jobs: readonly EditJob[],
  server: Server,
  flags: EditFlags,
  context: CommandContext,
): Promise<EditReport[]> {
  const reports: EditReport[] = [];
  const interruption = listenForSignals();
  const hashOf = createFileHasher();
  try {
    for (const job of jobs) {
      const { signal } = interruption;
      const report = await editOne(job, server, context, {
        signal,
        retryUnknown: flags.retryUnknown,
        hashOf,
      });
      reports.push(report);
      printReport(report, flags.output, context);
      if (report.failure !== undefined && stopsRun(report.failure.exitCode)) break;
    }
  } finally {
    interruption.dispose();
  }
  return reports;
}

/** Returns whether every further edit would fail the same way: a rejected key, an exhausted quota, a signal. */
function stopsRun(exitCode: number): boolean {
  const { auth, quota, interrupted, terminated, hangup } = exitCodes;
  return [auth, quota, interrupted, terminated, hangup].some((code) => code === exitCode);
}

async function editOne(
  job: EditJob,
  { client, isMock }: Server,
  { terminal }: CommandContext,
  { signal, retryUnknown, hashOf }: { signal: AbortSignal; retryUnknown: boolean; hashOf: HashFile },
): Promise<EditReport> {
  const request = await requestKey(isMock ? "mock" : client.server, job.params, hashOf);
  const saved = isMock ? undefined : openSavedIndex([savedDirectory()]);
  const claims = isMock ? undefined : openClaims([claimsDirectory()], resolvedByJournal, nodeSystem);
  await noteEarlier(request, saved, terminal);
  const files = newEditFiles();
  const journal = await openJournalBeforeSending(files.journal);
  const progress = showProgress(terminal, job);
  try {
    await checkDiskSpace(files.response, job);
    const report = await sendAndSave(job, {
      id: files.id,
      request,
      client,
      claims,
      retryUnknown,
      saved,
      journal,
      responseFile: files.response,
      signal,
      sink: (bytes) => terminal.bytes(bytes),
      onProgress: progress.update,
    });
    if (retryUnknown && report.failure === undefined) await dismissSuperseded(request, files.id);
    return report;
  } finally {
    progress.stop();
    await journal.close();
    // A failed cleanup must not fail a billed edit.
    await pruneEdits().catch(() => undefined);
  }
}

/** Notes where an earlier result of the same request is. Repeating it on purpose makes another image. */
async function noteEarlier(
  request: string,
  saved: SavedIndex | undefined,
  terminal: CommandContext["terminal"],
): Promise<void> {
  const earlier = (await saved?.find(request))?.at(-1);
  const file = earlier?.files[0]?.path;
  if (earlier === undefined) return;
  const place = file === undefined ? "" : `, and its image is ${file}`;
  terminal.note(`The same edit was saved at ${earlier.at}${place}. This makes another image.`);
}

async function skipExisting(
  jobs: readonly EditJob[],
  flags: EditFlags,
  { terminal }: CommandContext,
): Promise<EditJob[]> {
  const free: EditJob[] = [];
  const conflicts: string[] = [];
  for (const job of jobs) {
    const existing =
      job.force || job.output === undefined ? [] : await existingOutputs(job.output, job.count);
    if (existing.length === 0) free.push(job);
    else if (flags.skipExisting) terminal.note(`Skipped: ${existing[0]} exists. Nothing was sent.`);
    else conflicts.push(...existing);
  }
  if (conflicts.length > 0) throw outputExists(conflicts, await findOwner(conflicts));
  return free;
}

function exitCode(reports: readonly EditReport[]): number {
  const codes = reports.flatMap(({ failure }) => (failure === undefined ? [] : [failure.exitCode]));
  const [first] = codes;
  if (first === undefined) return exitCodes.ok;
  const last = codes.at(-1) ?? first;
  if (reports.length === 1 || stopsRun(last)) return last;
  if (codes.includes(exitCodes.unknown)) return exitCodes.unknown;
  return codes.includes(exitCodes.notWritten) ? exitCodes.notWritten : exitCodes.batchFailed;
}
