import { createEditedImage } from "../../results/create-edited-image.ts";
import { fetchToFiles } from "../files/download-to-files.ts";
import { createPictureFiles, type PictureFilesOptions } from "../files/image-file-store.ts";
import { toFileImage } from "../files/to-file-image.ts";
import { createAgents } from "../network/agents.ts";
import { createResultFetch, createResultRoutes } from "../network/fetch-result-url.ts";
import type { FileEditResult } from "../options.ts";
import { readAnswerFile } from "./read-answer-file.ts";

/** Configures how an answer that was kept in a file is read. */
export interface KeptAnswerOptions extends Partial<PictureFilesOptions> {
  /** The server that gave the answer: result URLs of its own origin are trusted like itself. */
  readonly baseUrl?: string | undefined;
  /** How long fetching a picture that the answer only names may take, in milliseconds; 600,000 by default. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Reads an answer that `answerFile` kept, as `edit` would have, or as `editToFiles` with a `directory`. Sends nothing.
 *
 * @throws {InvalidResponseError} (`unknown`) when it holds no picture that can be read
 * @example
 * const { images } = await readAnswerFile("answer.json");
 */
export async function readKeptAnswer(path: string, options: KeptAnswerOptions = {}): Promise<FileEditResult> {
  const { directory, baseUrl, timeoutMs = 600_000 } = options;
  const store = directory === undefined ? undefined : createPictureFiles({ ...options, directory });
  const origin = {
    origin: baseUrl === undefined ? "" : new URL(baseUrl).origin,
    fetch: undefined,
    fetchUrl: createResultFetch(createResultRoutes({}, createAgents({}))),
    timeoutMs,
    maxBytes: 2 ** 30,
    requestId: undefined,
  };
  const answer = await readAnswerFile(path, {
    toImage: (image) => toFileImage(createEditedImage(image, origin, undefined), image.source),
    store,
  });
  if (!store) return answer;
  const fetched = await fetchToFiles(answer.images, store);
  return { ...answer, images: fetched.images, warnings: [...answer.warnings, ...fetched.warnings] };
}
