import { readFile } from "node:fs/promises";
import type { EditedImage } from "../../edited-image.ts";
import { readEvents } from "../../response/events/read-events.ts";
import type { Answer, AnswerOptions } from "../../response/reader-options.ts";
import { createEditedImage } from "../../results/create-edited-image.ts";
import { fetchToFiles, toFileImage } from "../files/download-to-files.ts";
import { createPictureFiles } from "../files/image-file-store.ts";
import { createAgents } from "../network/agents.ts";
import { createResultFetch, createResultRoutes } from "../network/fetch-result-url.ts";
import type { FileEditResult, PictureFilesOptions } from "../options.ts";
import { readPieces } from "./read-chunks.ts";

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

/**
 * Reads an answer that was kept in a file, JSON or a stream of events, in pieces: memory does not grow with it when the
 * pictures go to files.
 *
 * @throws {InvalidResponseError} (`unknown`) when it holds no picture that can be read
 */
export async function readAnswerFile<Image extends EditedImage>(
  path: string,
  options: AnswerOptions<Image>,
): Promise<Answer<Image>> {
  const rawBody = async () => new Uint8Array(await readFile(path));
  let answer: Answer<Image> | undefined;
  for await (const event of readEvents(readPieces(path), { rawBody, ...options })) {
    // The last holds all pictures.
    if (event.type === "completed") answer = event.result;
  }
  return answer as Answer<Image>; // `readEvents` throws when it has nothing to give
}
