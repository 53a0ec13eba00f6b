import { setMaxListeners } from "node:events";
import type { CommandContext } from "../arguments/command-context.ts";
import { type EditFlags, readEditFlags } from "../arguments/edit-flags.ts";
import { refuseCost } from "../batch/plan/refuse-run.ts";
import { createRateLimiter, steadyClock } from "../batch/run/rate-limiter.ts";
import { readConnectionFlags } from "../config/connection-flags.ts";
import { connect, type Server } from "../edit/connect.ts";
import type { EditJob } from "../edit/edit-job.ts";
import type { EditReport } from "../edit/edit-report.ts";
import { planEdits } from "../edit/plan-edits.ts";
import { printDryRun, printReport, toEditDocument } from "../edit/print-report.ts";
import { sendOrResume } from "../edit/send-or-resume.ts";
import { exitCodes, usageError } from "../errors/cli-error.ts";
import { exitCodeOfSignal, listenForSignals } from "../errors/interruption.ts";
import { findOwner } from "../journal/find-owner.ts";
import { createFileHasher } from "../journal/request-key.ts";
import type { EndSignal } from "../journal/system.ts";
import { checkWritable, existingOutputs, outputExists } from "../output/check-outputs.ts";
import { toSafeJson } from "../terminal/sanitize-text.ts";

/** Runs `retouch edit`: reads the flags, plans, checks everything, then sends and saves each edit. */
export async function runEdit(context: CommandContext): Promise<number> {
  const { terminal, json, system } = context;
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
      if (output !== undefined) await checkWritable(output, count, force, system);
    }
    const priced = jobs.map(({ params, inputs }) => ({
      maxUsd: server.client.worstCaseUsd(params),
      name: `${String(params["model"])} for ${inputs[0]?.label ?? "standard input"}`,
    }));
    refuseCost(priced, { usd: 0, unpriced: 0 }, server, flags.maxCostUsd);
    const { reports, signal } = await editAll(jobs, server, flags, context);
    const left = jobs.length - reports.length;
    if (left > 0)
      terminal.warn(`${left} of ${jobs.length} edits were not started. Nothing was sent for them.`);
    if (json) terminal.data(toSafeJson(toEditDocument(reports, flags.each), 2));
    if (left > 0 && signal !== undefined) return exitCodeOfSignal(signal);
    return exitCode(reports);
  } finally {
    await server.close();
  }
}

/** Sends edits, at most `concurrency` at a time. Returns the reports of those that were started, in order, and the signal. */
async function editAll(
  jobs: readonly EditJob[],
  server: Server,
  flags: EditFlags,
  context: CommandContext,
): Promise<{ readonly reports: readonly EditReport[]; readonly signal: EndSignal | undefined }> {
  const reports: (EditReport | undefined)[] = [];
  const interruption = listenForSignals(context.system.signals);
  const hashOf = createFileHasher(context.system.files);
  const ending = new AbortController();
  const waiting = AbortSignal.any([interruption.signal, ending.signal]);
  setMaxListeners(0, waiting);
  const rateLimiter = createRateLimiter(flags.intervalMs, steadyClock(context.system));
  let next = 0;

  async function worker(): Promise<void> {
    for (let at = next++; at < jobs.length && !waiting.aborted; at = next++) {
      const job = jobs[at];
      if (job === undefined) return;
      try {
        await rateLimiter.acquireStart(waiting);
      } catch {
        // Stopped while waiting for the rate limiter: this edit was never started.
        return;
      }
      const report = await sendOrResume(job, server, context, {
        rateLimiter,
        signal: interruption.signal,
        concurrency: flags.concurrency,
        retryUnknown: flags.retryUnknown,
        hashOf,
      });
      reports[at] = report;
      printReport(report, flags.output, context);
      if (report.failure !== undefined && stopsRun(report.failure.exitCode)) ending.abort();
    }
  }

  try {
    const workers = Array.from({ length: Math.min(flags.concurrency, jobs.length) }, () => worker());
    // Edits in flight are billed either way, so an error of one waits for the others.
    for (const worker of workers) worker.catch(() => ending.abort());
    const failed = (await Promise.allSettled(workers)).find(({ status }) => status === "rejected");
    if (failed?.status === "rejected") throw failed.reason;
  } finally {
    interruption.dispose();
  }
  return { reports: reports.filter((report) => report !== undefined), signal: interruption.received() };
}

/** Returns whether every further edit would fail the same way: a rejected key, an exhausted quota, a signal. */
function stopsRun(exitCode: number): boolean {
  const { auth, quota, interrupted, terminated, hangup } = exitCodes;
  return [auth, quota, interrupted, terminated, hangup].some((code) => code === exitCode);
}

async function skipExisting(
  jobs: readonly EditJob[],
  flags: EditFlags,
  { terminal, system }: CommandContext,
): Promise<EditJob[]> {
  const free: EditJob[] = [];
  const conflicts: string[] = [];
  for (const job of jobs) {
    const existing =
      job.force || job.output === undefined ? [] : await existingOutputs(job.output, job.count, system);
    if (existing.length === 0) free.push(job);
    else if (flags.skipExisting) terminal.note(`Skipped: ${existing[0]} exists. Nothing was sent.`);
    else conflicts.push(...existing);
  }
  if (conflicts.length > 0) throw outputExists(conflicts, await findOwner(conflicts, system));
  return free;
}

function exitCode(reports: readonly EditReport[]): number {
  const codes = reports.flatMap(({ failure }) => (failure === undefined ? [] : [failure.exitCode]));
  const [first] = codes;
  if (first === undefined) return exitCodes.ok;
  if (reports.length === 1) return first;
  const stopping = codes.find(stopsRun);
  if (stopping !== undefined) return stopping;
  if (codes.includes(exitCodes.unknown)) return exitCodes.unknown;
  return codes.includes(exitCodes.notWritten) ? exitCodes.notWritten : exitCodes.batchFailed;
}
