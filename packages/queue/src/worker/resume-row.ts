import {
  adoptTask,
  checkDiskSpace,
  type EditReport,
  errorDetails,
  plannedResponse,
  resumeAndSave,
} from "@retouch/cli/journal";
import type { TaskEvent } from "@retouch/client/node";
import type { RowJob, RunSettings } from "../jobs/row-job.ts";
import type { RowWithTask } from "../ledger/open-task.ts";
import { closeRow, type EndedRow, lostRecords, openRow, reportEnd } from "./end-row.ts";
import type { LoadedRow } from "./load-row.ts";
import type { OpenRow } from "./open-rows.ts";
import type { RowContext, RowResult } from "./row-context.ts";
import { endRow } from "./send-row.ts";

/**
 * Polls the task of a row that another delivery has sent, whose worker may be dead, and saves its images. It sends no form,
 * so nothing is billed. What it reports is the end of that delivery.
 */
export async function resumeRow(
  job: RowJob,
  settings: RunSettings,
  { token = "", hasEarlier = false, task }: RowWithTask,
  context: RowContext,
): Promise<RowResult> {
  const { local, system, drainSignal } = context;
  const { run, key, line } = job;
  const resumedBy = system.randomHex(16);
  const open: OpenRow = { run, key, line, token, force: settings.force, resumedBy };
  let loaded: LoadedRow | undefined;
  try {
    let report: EditReport;
    try {
      loaded = await context.loadRow(job, settings, local.files.outbox(key, resumedBy), drainSignal);
      await checkDiskSpace(local.files.newResponse(key), loaded.row.job, context.running(), system);
      if (!(await openRow(open, context))) throw lostRecords(context);
      report = await poll(loaded, task, hasEarlier, context);
    } catch (error) {
      if (!(await local.isHeld())) throw error;
      if (drainSignal.aborted) return await putBack(open, context);
      // Such as an input that was changed: the task stays, for a worker that can save its images.
      const { code = "internal", message, exitCode } = errorDetails(error);
      const ended: EndedRow = { end: "unknown", code, message, task };
      await reportEnd(open, ended, context);
      return { type: "ended", ...ended, exitCode };
    }
    // Another worker goes on with it.
    if (drainSignal.aborted && report.failure?.taskId !== undefined) return await putBack(open, context);
    return await endRow(report, open, { hasEarlier, task }, context);
  } finally {
    await loaded?.release();
  }
}

async function putBack(open: OpenRow, context: RowContext): Promise<RowResult> {
  await closeRow(open, context);
  return { type: "put-back", delayMs: 0 };
}

async function poll(
  { row }: LoadedRow,
  task: TaskEvent,
  hasEarlier: boolean,
  { local, server, system, editSignal, drainSignal }: RowContext,
): Promise<EditReport> {
  const { key, request } = row;
  await local.history.refresh();
  const record = await local.history.read(key);
  const own = record?.phase === "pending" && record.task?.taskId === task.taskId ? record : undefined;
  const edit = {
    system,
    id: key,
    request,
    row,
    client: server.client,
    claims: local.claims,
    hasEarlier,
    outputs: local.outputs,
    saved: local.saved,
    journal: local.journal,
    responseFile: own ? plannedResponse(own, local.files.directory) : local.files.newResponse(key),
    sink: async () => undefined,
  };
  if (own === undefined) await adoptTask(row.job, task, edit);
  return resumeAndSave(row.job, task, { ...edit, signal: AbortSignal.any([editSignal, drainSignal]) });
}
