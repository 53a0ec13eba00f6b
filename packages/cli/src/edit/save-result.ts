// Over 220 lines: a record is closed here, as saved or as failed, with the same context.
import {
  costOf,
  type EditResult,
  isInvalidResponseError,
  isRetouchError,
  ratesOf,
  type TaskEvent,
} from "@retouch/client/node";
import { exitCodes } from "../errors/cli-error.ts";
import { errorDetails, exitCodeOf, toWarning, type Warning } from "../errors/error-details.ts";
import { damagedImageError, notKeptError, sentAgainError, toSaveError } from "../errors/post-send-errors.ts";
import type { RequestEnd } from "../journal/claims/claims.ts";
import type { Journal } from "../journal/journal.ts";
import type { SavedFile } from "../journal/journal-entry.ts";
import type { OwnOutputs } from "../journal/own-outputs.ts";
import { hashFile } from "../journal/request-key.ts";
import { attemptOf } from "../journal/responses.ts";
import type { SavedEdit, SavedIndex } from "../journal/saved-index.ts";
import type { Files, System } from "../journal/system.ts";
import { removeResponse } from "../masks/paste-back-record.ts";
import type { EditClient } from "./edit-client.ts";
import type { EditJob } from "./edit-job.ts";
import type { EditReport } from "./edit-report.ts";
import { type ImageSink, type SaveReport, saveImages } from "./save-images.ts";

/** Record, response file and image receiver of one edit. */
export interface SaveContext {
  readonly system: System;
  readonly id: string;
  readonly request: string;
  readonly journal: Journal;
  /** No other attempt has this path, so that this process may remove what is there, whenever it was stopped. */
  readonly responseFile: string;
  /**
   * Returns whether another process has sent the edit again, and its attempt is open, although this one has saved the edit.
   * Absent where none can.
   */
  readonly isSentAgain?: (() => Promise<boolean>) | undefined;
  /** The images of a saved edit that another process had sent again: a response that has only these is of the first attempt. */
  readonly savedBefore?: readonly SavedFile[] | undefined;
  readonly sink: ImageSink;
  /** Aborts the download of a URL that does not respond. */
  readonly signal?: AbortSignal | undefined;
  /** Whether the images come from a response that is broken. */
  readonly isRescued?: boolean | undefined;
  /** Records which files are images of this program. */
  readonly outputs: OwnOutputs;
  /** Records where a request was saved; absent for the mock. */
  readonly saved?: SavedIndex | undefined;
  /** The task that the server made of the edit, once it has. */
  readonly task?: TaskEvent | undefined;
  /** Reads the stored response of an edit that was received just now; absent if its images come from there. */
  readonly client?: Pick<EditClient, "readResponse"> | undefined;
  /**
   * Called once the record is closed, with what was saved; releases the claim of a request that is resolved, unless another
   * attempt is open.
   */
  readonly onClosed?:
    | ((end: RequestEnd, edit?: SavedEdit, isReopened?: boolean) => Promise<void>)
    | undefined;
}

type SaveJob = Pick<EditJob, "output" | "count" | "force" | "pasteBack" | "crop"> &
  Partial<Pick<EditJob, "params">> & { readonly renumber?: boolean };

/** Writes the images of a response and closes its record. The response file is removed once every image is in place. */
export async function saveResult(
  result: EditResult,
  job: SaveJob,
  context: SaveContext,
  written: readonly (string | null)[] = [],
): Promise<EditReport> {
  const saved = await saveImages(
    result.images,
    {
      ...job,
      written,
      signal: context.signal,
      original: job.crop?.original ?? imageSourceOf(job.params?.["image"]),
      mask: job.crop?.mask ?? imageSourceOf(job.params?.["mask"]),
      asksForJpeg: job.params?.["output_format"] === "jpeg",
    },
    context.sink,
    context.system,
  );
  const placed = saved.images.filter((image) => image !== undefined);
  const files = await describeFiles(
    placed.map((image) => image.path),
    context.system.files,
  );
  // Before the record: a crash between the two must not leave an image that is taken for a photo.
  await context.outputs.add(files);
  const warnings = [...result.warnings.map((warning) => toWarning(warning)), ...saved.warnings];
  const { requestId, usage } = result;
  const tokens = usage && {
    inputTokens: usage.inputTokens,
    outputTokens: usage.outputTokens,
    totalTokens: usage.totalTokens,
    costUsd: usage.costUsd,
    costCredits: usage.costCredits,
  };
  const model = job.params?.["model"];
  const usd = costOf(usage, ratesOf(typeof model === "string" ? model : undefined));
  const rest = { usage: tokens, usd, requestId, warnings };
  if ("error" in saved) {
    const error = toSaveError(saved.error, saved.urls);
    return { ...(await recordFailure(error, saved, context)), ...rest };
  }
  const damaged = warnings.find(({ code }) => code === "bad_base64" || code === "result_not_image");
  if (damaged !== undefined) {
    const error = damagedImageError(damaged);
    return { ...(await recordFailure(error, saved, context)), ...rest };
  }
  const { id, isRescued, savedBefore = [] } = context;
  const isKnown = ({ sha256 }: SavedFile) => savedBefore.some((before) => before.sha256 === sha256);
  if (savedBefore.length > 0 && files.every(isKnown)) {
    await removeResponse(context.responseFile, context.system);
    const error = sentAgainError(id);
    return { images: placed, ...rest, failure: { error, exitCode: exitCodeOf(error), urls: [] } };
  }
  const response = attemptOf(context.responseFile);
  await context.journal.write({
    type: "saved",
    id,
    files,
    usage: tokens,
    usd,
    requestId,
    isRescued,
    response,
  });
  await removeResponse(context.responseFile, context.system);
  // After the record: an attempt that is recorded later finds the edit saved, and is not sent.
  const isReopened = (await context.isSentAgain?.()) === true;
  if (isReopened) warnings.push(await reopen(context));
  const at = new Date(context.system.clock.now()).toISOString();
  const edit = { request: context.request, id, at, files, isRescued };
  const isListed = await indexSaved(edit, context);
  await context.onClosed?.(isListed ? "saved" : "unlisted", edit, isReopened);
  return { images: placed, ...rest };
}

/** Records that the attempt of another process may be billed, which the record of this one's images would close. */
async function reopen({ id, journal }: Pick<SaveContext, "id" | "journal">): Promise<Warning> {
  // If the journal cannot be written, the claim of the other process still says it.
  await journal.write({ type: "sent", id, attempt: 1, isOfOther: true }).catch(() => undefined);
  const message =
    "Another process sent this edit again while this one was stopped. That attempt may be billed: see `retouch recover --list`.";
  return { field: "image", code: "sent_again", message };
}

/** Returns the files as they are now, so that they are recognized after their folder was moved. */
async function describeFiles(paths: readonly string[], disk: Files): Promise<SavedFile[]> {
  const files: SavedFile[] = [];
  for (const path of paths) {
    if (path === "-") continue;
    try {
      const { size, mtimeMs } = await disk.stat(path);
      files.push({ path, sha256: await hashFile(path, disk), byteLength: size, mtimeMs });
    } catch {
      // Another program removed it meanwhile: the edit is saved all the same.
      files.push({ path, sha256: "", byteLength: 0, mtimeMs: 0 });
    }
  }
  return files;
}

/** Adds a saved edit to the index. Returns false if the index could not be written: the edit is saved all the same. */
async function indexSaved(edit: SavedEdit, { saved }: Pick<SaveContext, "saved">): Promise<boolean> {
  const adding = saved?.add(edit) ?? Promise.resolve();
  return adding.then(
    () => true,
    () => false,
  );
}

/** Returns the path or bytes of a parameter, as paste-back needs them. */
function imageSourceOf(value: unknown): string | Uint8Array | undefined {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === "string" || first instanceof Uint8Array ? first : undefined;
}

/**
 * Returns whether a task may still have the images after an error: time was up, the command was stopped, or polls were
 * rejected. A task that failed, that the server has forgotten, or whose result cannot be used is not polled again.
 */
function isTaskOpen(error: unknown): boolean {
  const { outcome, status, code } = errorDetails(error);
  if (outcome === "billed" || status === 404 || status === 410) return false;
  return !isInvalidResponseError(error) || code === "task_pending";
}

/** Returns whether a stored response has every image that arrived: a disk that fills up holds a part of it. */
async function canRead(
  error: unknown,
  { images }: Pick<SaveReport, "images">,
  { client, responseFile, task, isRescued }: Omit<SaveContext, "sink" | "outputs">,
): Promise<boolean> {
  if (client === undefined) return true;
  const { cause } = error as Error;
  const arrived = images.length || (isRetouchError(cause) ? cause.images.length : 1);
  return client.readResponse(responseFile, arrived, task?.dialect.result).then(
    (stored) => stored.images.length >= arrived,
    // The images of a broken response are the complete ones in it.
    (broken) => isRescued === true && isRetouchError(broken) && broken.images.length >= arrived,
  );
}

/** Closes the record of a failed edit. A response that may be billed stays on disk. */
export async function recordFailure(
  given: unknown,
  saved: Pick<SaveReport, "images" | "warnings" | "urls">,
  context: Omit<SaveContext, "sink" | "outputs">,
): Promise<EditReport> {
  const { id, journal, responseFile, onClosed, system, task } = context;
  const size = await system.files.stat(responseFile).then(
    (file) => file.size,
    () => 0,
  );
  // Only exit code 11 says that the response is stored, so that `recover` writes its images.
  const isStored =
    size > 0 && (exitCodeOf(given) !== exitCodes.notWritten || (await canRead(given, saved, context)));
  const error = isStored ? given : notKeptError(given);
  const details = errorDetails(error);
  const exitCode = exitCodeOf(error);
  const outcome = details.outcome ?? "unknown";
  const isResolved = outcome !== "unknown" && outcome !== "billed";
  const isKept = size > 0 && !isResolved;
  const isOpen = task !== undefined && !isResolved && isTaskOpen(error);
  if (!isKept) await removeResponse(responseFile, system, isOpen);
  const rawAnswer = isKept ? responseFile : undefined;
  const { requestId } = details;
  if (isOpen) {
    await journal.write({ type: "task", id, task, code: details.code, requestId }).catch(() => undefined);
    await onClosed?.("unresolved");
    const { urls, warnings } = saved;
    return {
      images: [],
      warnings,
      requestId,
      failure: { error, exitCode, rawAnswer, urls, taskId: task.taskId },
    };
  }
  // If the journal cannot be written, its last line stays `sent`: the edit counts as unknown, which is safe.
  await journal
    .write({
      type: "failed",
      id,
      outcome,
      code: details.code ?? "internal",
      exitCode,
      requestId,
      responseFile: rawAnswer,
      paths: saved.images.map((image) => image?.path ?? null),
      response: attemptOf(responseFile),
    })
    .catch(() => undefined);
  await onClosed?.(isResolved ? "not-billed" : "unresolved");
  return {
    images: saved.images.filter((image) => image !== undefined),
    warnings: saved.warnings,
    requestId,
    failure: { error, exitCode, rawAnswer, urls: saved.urls },
  };
}
