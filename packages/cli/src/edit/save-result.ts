import { stat } from "node:fs/promises";
import type { EditResult } from "@retouch/client/node";
import { errorDetails, exitCodeOf, forTerminal } from "../errors/error-details.ts";
import { damagedImageError, toSaveError } from "../errors/post-send-errors.ts";
import type { Journal } from "../journal/journal.ts";
import { removeResponse } from "../masks/paste-back-record.ts";
import type { EditJob } from "./edit-job.ts";
import type { EditReport } from "./edit-report.ts";
import { type ImageSink, type SaveReport, saveImages } from "./save-images.ts";

/** Record, response file and image receiver of one edit. */
export interface SaveContext {
  readonly id: string;
  readonly journal: Journal;
  readonly responseFile: string;
  readonly sink: ImageSink;
  /** Aborts the download of a URL that does not respond. */
  readonly signal?: AbortSignal | undefined;
}

/** Writes the images of a response and closes its record. The response file is removed once every image is in place. */
export async function saveResult(
  result: EditResult,
  job: Pick<EditJob, "output" | "count" | "force" | "pasteBack"> &
    Partial<Pick<EditJob, "params">> & { readonly renumber?: boolean },
  context: SaveContext,
  written: readonly (string | null)[] = [],
): Promise<EditReport> {
  const saved = await saveImages(
    result.images,
    {
      ...job,
      written,
      signal: context.signal,
      original: imageSourceOf(job.params?.["image"]),
      mask: imageSourceOf(job.params?.["mask"]),
    },
    context.sink,
  );
  const warnings = [...result.warnings, ...saved.warnings].map((warning) => ({
    ...warning,
    message: forTerminal(warning.message),
  }));
  const { requestId, usage } = result;
  const tokens = usage && {
    inputTokens: usage.inputTokens,
    outputTokens: usage.outputTokens,
    totalTokens: usage.totalTokens,
  };
  if ("error" in saved) {
    const error = toSaveError(saved.error, saved.urls);
    return { ...(await recordFailure(error, saved, context)), usage: tokens, requestId, warnings };
  }
  const damaged = warnings.find(({ code }) => code === "bad_base64");
  if (damaged !== undefined) {
    const error = damagedImageError(damaged);
    return { ...(await recordFailure(error, saved, context)), usage: tokens, requestId, warnings };
  }
  const images = saved.images.filter((image) => image !== undefined);
  const paths = images.map((image) => image.path);
  await context.journal.write({ type: "saved", id: context.id, paths, usage: tokens, requestId });
  await removeResponse(context.responseFile);
  return { images, usage: tokens, requestId, warnings };
}

/** Returns the path or bytes of a parameter, as paste-back needs them. */
function imageSourceOf(value: unknown): string | Uint8Array | undefined {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === "string" || first instanceof Uint8Array ? first : undefined;
}

/** Closes the record of a failed edit. A response that may be billed stays on disk. */
export async function recordFailure(
  error: unknown,
  saved: Pick<SaveReport, "images" | "warnings" | "urls">,
  { id, journal, responseFile }: Omit<SaveContext, "sink">,
): Promise<EditReport> {
  const details = errorDetails(error);
  const exitCode = exitCodeOf(error);
  const outcome = details.outcome ?? "unknown";
  const size = await stat(responseFile).then(
    (file) => file.size,
    () => 0,
  );
  const isSaved = size > 0 && outcome === "unknown";
  if (!isSaved) await removeResponse(responseFile);
  const rawAnswer = isSaved ? responseFile : undefined;
  // If the journal cannot be written, its last line stays `sent`: the edit counts as unknown, which is safe.
  await journal
    .write({
      type: "failed",
      id,
      outcome,
      code: details.code ?? "internal",
      exitCode,
      requestId: details.requestId,
      responseFile: rawAnswer,
      paths: saved.images.map((image) => image?.path ?? null),
    })
    .catch(() => undefined);
  const images = saved.images.filter((image) => image !== undefined);
  return {
    images,
    warnings: saved.warnings,
    requestId: details.requestId,
    failure: { error, exitCode, rawAnswer, urls: saved.urls },
  };
}
