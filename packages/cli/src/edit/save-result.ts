import { stat } from "node:fs/promises";
import type { EditResult } from "@retouch/client/node";
import { cliWords, exitCodeOf, failureFacts } from "../errors/error-details.ts";
import { damagedError, pictureError } from "../errors/post-send-errors.ts";
import type { Journal } from "../journal/journal.ts";
import { removeAnswer } from "../masks/paste-back-record.ts";
import type { EditJob } from "./edit-job.ts";
import type { EditReport } from "./edit-report.ts";
import { type PictureSink, type SavedPictures, savePictures } from "./save-images.ts";

/** Where the answer of an edit and its pictures are kept. */
export interface KeepingPlaces {
  readonly id: string;
  readonly journal: Journal;
  readonly answerFile: string;
  readonly sink: PictureSink;
  /** Ends the wait for an address that does not answer. */
  readonly signal?: AbortSignal | undefined;
}

/** Writes the pictures of an answer and closes its record; the answer's file goes once every picture is in place. */
export async function keepResult(
  result: EditResult,
  job: Pick<EditJob, "output" | "count" | "force" | "pasteBack"> & Partial<Pick<EditJob, "params">>,
  places: KeepingPlaces,
  written: readonly (string | null)[] = [],
): Promise<EditReport> {
  const saved = await savePictures(
    result.images,
    {
      ...job,
      written,
      signal: places.signal,
      original: pictureOf(job.params?.["image"]),
      mask: pictureOf(job.params?.["mask"]),
    },
    places.sink,
  );
  const warnings = [...result.warnings, ...saved.warnings].map((warning) => ({
    ...warning,
    message: cliWords(warning.message),
  }));
  const { requestId, usage } = result;
  const tokens = usage && {
    inputTokens: usage.inputTokens,
    outputTokens: usage.outputTokens,
    totalTokens: usage.totalTokens,
  };
  if ("error" in saved) {
    const error = pictureError(saved.error, saved.urls);
    return { ...(await keepFailure(error, saved, places)), usage: tokens, requestId, warnings };
  }
  const damaged = warnings.find(({ code }) => code === "bad_base64");
  if (damaged !== undefined) {
    const error = damagedError(damaged);
    return { ...(await keepFailure(error, saved, places)), usage: tokens, requestId, warnings };
  }
  const images = saved.images.filter((image) => image !== undefined);
  const paths = images.map((image) => image.path);
  await places.journal.write({ type: "saved", id: places.id, paths, usage: tokens, requestId });
  await removeAnswer(places.answerFile);
  return { images, usage: tokens, requestId, warnings };
}

/** What paste-back needs of a parameter: a path or bytes. */
function pictureOf(value: unknown): string | Uint8Array | undefined {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === "string" || first instanceof Uint8Array ? first : undefined;
}

/** Closes the record of an edit that failed: an answer that may have been paid for stays on disk. */
export async function keepFailure(
  error: unknown,
  saved: Pick<SavedPictures, "images" | "warnings" | "urls">,
  { id, journal, answerFile }: Omit<KeepingPlaces, "sink">,
): Promise<EditReport> {
  const facts = failureFacts(error);
  const exitCode = exitCodeOf(error);
  const outcome = facts.outcome ?? "unknown";
  const size = await stat(answerFile).then(
    (file) => file.size,
    () => 0,
  );
  const isKept = size > 0 && outcome === "unknown";
  if (!isKept) await removeAnswer(answerFile);
  const rawAnswer = isKept ? answerFile : undefined;
  // A journal that can not be written leaves the line `sent`: the edit counts as unknown, which is safe.
  await journal
    .write({
      type: "failed",
      id,
      outcome,
      code: facts.code ?? "internal",
      exitCode,
      requestId: facts.requestId,
      answerFile: rawAnswer,
      paths: saved.images.map((image) => image?.path ?? null),
    })
    .catch(() => undefined);
  const images = saved.images.filter((image) => image !== undefined);
  return {
    images,
    warnings: saved.warnings,
    requestId: facts.requestId,
    failure: { error, exitCode, rawAnswer, urls: saved.urls },
  };
}
