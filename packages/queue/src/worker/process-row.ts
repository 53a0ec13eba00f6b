import path from "node:path";
import { CliError, checkDiskSpace, errorDetails, exitCodes, isUnresolved } from "@retouch/cli/journal";
import type { RowJob, RunSettings } from "../jobs/row-job.ts";
import { hasOpenTask } from "../ledger/open-task.ts";
import { type EndContext, type EndedRow, lostRecords, openRow, reportEnd, untilDone } from "./end-row.ts";
import { finishRow } from "./finish-row.ts";
import type { LoadedRow } from "./load-row.ts";
import { listOpenRows, type OpenRow } from "./open-rows.ts";
import { resumeRow } from "./resume-row.ts";
import { elsewhereMs, type RowContext, type RowResult } from "./row-context.ts";
import { endElsewhere, sendRow } from "./send-row.ts";

/**
 * Runs the row of a job, unless it was sent before. Rejects if the signal aborts, and if another worker has taken the
 * records of this one over: it must send nothing more.
 */
export async function processRow(
  job: RowJob,
  settings: RunSettings,
  context: RowContext,
): Promise<RowResult> {
  const { busy } = context.local;
  // Both would write the same records, and the second one would end those of the first.
  if (busy.has(job.key)) {
    const message = `${context.worker} still has an earlier delivery of line ${job.line}.`;
    return { type: "put-back", delayMs: elsewhereMs, code: "busy", message };
  }
  busy.add(job.key);
  try {
    return await processOnce(job, settings, context);
  } finally {
    busy.delete(job.key);
  }
}

async function processOnce(job: RowJob, settings: RunSettings, context: RowContext): Promise<RowResult> {
  const { ledger, server, local, system, loadRow } = context;
  const { run, key, line } = job;
  const token = system.randomHex(16);
  const known = await untilDone(() => ledger.get(key), context);
  const hasTask = hasOpenTask(known);
  if (!hasTask && (known?.end === "saved" || known?.sentAt !== undefined))
    return endElsewhere(job, token, known, context);
  if (settings.serverKey !== server.client.serverKey)
    return { type: "put-back", delayMs: elsewhereMs, code: "other_server", message: otherServer(context) };
  const hasEarlier = known?.hasEarlier === true;
  const open: OpenRow = { run, key, line, token, force: settings.force };
  const left = await listOpenRows(local.files, system, key);
  await local.history.refresh();
  const before = local.history.stateOf(key);
  // Also if only the open row names them: a worker that took the records over may have replaced the journal.
  const hasImages = before?.phase === "saved" || left.some(({ images }) => images !== undefined);
  if (hasTask && !hasImages) return resumeRow(job, settings, known, context);
  // A worker that was stopped reported it too late for the ledger. Its images are had without paying twice.
  const task = before?.phase === "pending" ? (await local.history.read(key))?.task : undefined;
  if (task !== undefined && hasEarlier && !hasImages)
    return resumeRow(job, settings, { ...known, task }, context);
  // Redis may have lost what this worker knows, and an image that could not be put may fit now.
  if (hasImages || (before !== undefined && isUnresolved(before) && !hasEarlier))
    return { type: "ended", ...(await finishAll(left.length > 0 ? left : [open], run, context)) };

  let loaded: LoadedRow;
  let isHeld: boolean;
  try {
    loaded = await loadRow(job, settings, local.files.outbox(key, token), context.drainSignal);
  } catch (error) {
    if (context.drainSignal.aborted) return { type: "put-back", delayMs: 0 };
    return endUnsent(open, error, hasEarlier, context);
  }
  try {
    await refuseTaken(loaded, open, context);
    await checkDiskSpace(local.files.newResponse(key), loaded.row.job, context.running(), system);
    isHeld = await openRow(open, context);
  } catch (error) {
    await loaded.release();
    return endUnsent(open, error, hasEarlier, context);
  }
  try {
    if (!isHeld) throw lostRecords(context);
    return await sendRow(job, loaded, open, hasEarlier, context);
  } finally {
    await loaded.release();
  }
}

/** Ends what deliveries of a row have left here, for the run of its job. Returns the best end. */
async function finishAll(left: readonly OpenRow[], run: string, context: EndContext): Promise<EndedRow> {
  const ends: EndedRow[] = [];
  for (const row of left) ends.push(await finishRow({ ...row, run }, context));
  return ends.find(({ end }) => end === "saved") ?? (ends.at(-1) as EndedRow);
}

function otherServer({ worker, server }: RowContext): string {
  const own = server.isMock ? "the mock" : server.client.server;
  return (
    `${worker} sends to ${own}, and the run is for another server. Start a worker with the server of the run: ` +
    "the same `--base-url`, `--dialect`, `--path`, `--query` and `--mock`."
  );
}

/** Ends a row that was not sent. */
async function endUnsent(
  open: OpenRow,
  error: unknown,
  hasEarlier: boolean,
  context: EndContext,
): Promise<RowResult> {
  const { code = "internal", message, exitCode } = errorDetails(error);
  const ended: EndedRow = { end: hasEarlier ? "unknown" : "failed", code, message };
  await reportEnd(open, ended, context);
  return { type: "ended", ...ended, exitCode };
}

/** @throws CliError `output_exists` before anything is billed. Another name is found only when the image is put. */
async function refuseTaken(
  { row }: LoadedRow,
  { key, token, force }: OpenRow,
  { storage, local }: EndContext,
): Promise<void> {
  const { output } = row.job;
  if (force || output === undefined) return;
  const format = row.job.params["output_format"];
  const extension = output.askedExtension ?? (typeof format === "string" ? format : "png");
  const outbox = local.files.outbox(key, token);
  for (const name of row.outputs) {
    // With its dot, and without what follows.
    const inStorage = `${path.relative(outbox, name).split(path.sep).join("/")}${extension}`;
    if (!(await storage.exists(inStorage))) continue;
    throw new CliError(
      `${inStorage} exists in ${storage.name}. Nothing was sent. Move it away, or overwrite with \`--force\`.`,
      { exitCode: exitCodes.outputExists, code: "output_exists" },
    );
  }
}
