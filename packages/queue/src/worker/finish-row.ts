import path from "node:path";
import {
  type EditRecord,
  errorDetails,
  findResponses,
  outputPath,
  type System,
  saveStored,
} from "@retouch/cli/journal";
import type { TaskEvent } from "@retouch/client/node";
import { hasOpenTask } from "../ledger/open-task.ts";
import { closeRow, type EndContext, type EndedRow, putImages, reportEnd, untilDone } from "./end-row.ts";
import { listOpenRows, type OpenRow } from "./open-rows.ts";

/**
 * Ends the rows that an ended worker has left, by its own records: what it has saved is put into the storage and reported.
 * Nothing is sent. Returns how many there were.
 */
export async function finishRows(context: EndContext): Promise<number> {
  const rows = await listOpenRows(context.local.files, context.system);
  for (const row of rows) await finishRow(row, context);
  return rows.length;
}

/** Ends a row by the local journal. Nothing is sent. */
export async function finishRow(open: OpenRow, context: EndContext): Promise<EndedRow> {
  const { ledger, local } = context;
  const { key, token } = open;
  const record = await local.history.read(key);
  // First: the record may be of another attempt, whose images are somewhere else.
  if (open.images !== undefined) {
    const ended = await putImages(open, open.images, usdOf(record, open.images), context);
    await reportEnd(open, ended, context);
    return ended;
  }
  if (record === undefined || isUnsent(record)) {
    // Unless it is called unknown, its job is still in the queue, and is delivered again. One whose task was to be polled
    // here was sent by another delivery.
    if (open.resumedBy === undefined) await untilDone(() => ledger.takeBack({ key, token }), context);
    await closeRow(open, context);
    const message = "The worker ended before it sent the row. Run the manifest again.";
    return { end: "failed", code: "not_started", message };
  }
  const ended = await endOf(record, open, context);
  await reportEnd(open, ended, context);
  if (ended.task !== undefined) await closeSaved(record, token, context);
  return ended;
}

/** Returns what images have cost, if the record is that of their attempt. */
function usdOf(record: EditRecord | undefined, images: readonly string[]): number | undefined {
  const isTheirs = record?.phase === "saved" && record.files.every((file) => images.includes(file.path));
  return isTheirs ? record.usd : undefined;
}

/**
 * Closes the record of a task whose images another worker has saved: `recover` would poll it once more. The task of another
 * attempt than the saved one has images of its own, which `recover` can still get.
 */
async function closeSaved({ id, plan }: EditRecord, token: string, context: EndContext): Promise<void> {
  const { ledger, local } = context;
  const known = await untilDone(() => ledger.get(id), context);
  if (known?.end !== "saved" || known.token !== token || !(await local.isHeld())) return;
  await local.journal.write({ type: "dismissed", id }).catch(() => undefined);
  if (plan !== undefined) await local.claims?.resolve(plan.request, id).catch(() => undefined);
}

/** Returns whether no attempt of an edit can have been billed, and none was rejected for good. */
function isUnsent({ phase, outcome, hasEarlier }: EditRecord): boolean {
  if (hasEarlier) return false;
  return phase === "planned" || phase === "refused" || (phase === "failed" && outcome === "not-sent");
}

async function endOf(record: EditRecord, open: OpenRow, context: EndContext): Promise<EndedRow> {
  const { local, system } = context;
  const { phase, outcome, plan, code = "unresolved_edit", usd, hasEarlier } = record;
  if (phase === "saved") {
    const paths = record.files.map((file) => file.path);
    return putImages(open, paths, usd, context);
  }
  if (phase === "failed" && outcome === "rejected" && !hasEarlier) return { end: "failed", code };
  const task = await openTaskOf(record, open, context);
  const next = task === undefined ? "" : "; the next `retouch-queue run` polls its task";
  const responses = await findResponses(local.files.directory, system);
  let kept: EndedRow | undefined;
  for (const { file: responseFile } of responses.get(open.key) ?? []) {
    const size = await system.files.stat(responseFile).then(
      (file) => file.size,
      () => 0,
    );
    if (size === 0 || plan === undefined) continue;
    await syncResponse(responseFile, system).catch(() => undefined);
    const stored = {
      record: { ...record, task },
      plan,
      output: plan.output,
      journal: local.journal,
      responseFile,
    };
    // The record of a task names the outbox of the delivery that polled it first, which may have ended without an image.
    const image = outputPath(plan.output, { index: 0, count: plan.count, extension: "png" });
    await system.files.makeDirectory(path.dirname(image)).catch(() => undefined);
    const report = await saveStored(stored, {}, () => undefined, system).catch(() => undefined);
    if (report !== undefined && (report.failure === undefined || report.isRescued === true)) {
      const paths = report.images.map((image) => image.path);
      return putImages(open, paths, report.usd, context);
    }
    const isBilled = report !== undefined && errorDetails(report.failure?.error).outcome === "billed";
    if (isBilled) kept = { end: "unwritten", code: "write_failed", message: keptAt(responseFile) };
    else kept = { end: "unknown", code, message: keptAt(responseFile), task };
  }
  if (kept !== undefined) return kept;
  const message = `The worker ended before the response arrived${next}. It may be billed.`;
  return { end: "unknown", code, message, task };
}

/** Syncs a response that a killed worker has not synced: a crash must not take it before its images are recorded. */
async function syncResponse(file: string, { files }: System): Promise<void> {
  const opened = await files.open(file, "r+");
  await opened.sync().finally(() => opened.close());
  await files.syncDirectory(path.dirname(file));
}

/** Returns the task of an attempt, if the server may still have its images. */
async function openTaskOf(
  { phase, outcome, task }: EditRecord,
  { key, token }: OpenRow,
  context: EndContext,
): Promise<TaskEvent | undefined> {
  // Also of a response that was complete: a crash may have cut it, and the server may still have its images.
  if (phase === "pending" || outcome === "billed") return task;
  if (phase !== "sent") return undefined;
  // A full disk keeps a task from the journal, and not from the ledger.
  const known = await untilDone(() => context.ledger.get(key), context);
  return known?.token === token && hasOpenTask(known) ? known.task : undefined;
}

function keptAt(file: string): string {
  return `Its response is kept in ${file}: \`retouch recover\` on that machine tries it again.`;
}
