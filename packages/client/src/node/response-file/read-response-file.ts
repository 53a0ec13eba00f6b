import { readFile } from "node:fs/promises";
import type { EditedImage } from "../../edited-image.ts";
import { readEvents } from "../../response/events/read-events.ts";
import type { ReaderOptions, Result } from "../../response/reader-options.ts";
import { createEditedImage } from "../../results/create-edited-image.ts";
import { fetchToFiles, toFileImage } from "../files/download-to-files.ts";
import { createImageFileStore } from "../files/image-file-store.ts";
import { createAgents } from "../network/agents.ts";
import { createResultFetch, createResultRoutes } from "../network/fetch-result-url.ts";
import type { FileEditResult, ImageFilesOptions } from "../options.ts";
import { readChunks } from "./read-chunks.ts";

/** Configures how an answer that was kept in a file is read. */
export interface ResponseFileOptions extends Partial<ImageFilesOptions> {
  /** The server that gave the answer: result URLs of its own origin are trusted like itself. */
  readonly baseUrl?: string | undefined;
  /** How long fetching a picture that the answer only names may take, in milliseconds; 600,000 by default. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Reads an answer that `responseFile` kept, as `edit` would have, or as `editToFiles` with a `directory`. Sends nothing.
 *
 * @throws {InvalidResponseError} (`unknown`) when it holds no picture that can be read
 * @example
 * const { images } = await readResponseFile("answer.json");
 */
export async function readResponseFile(
  path: string,
  options: ResponseFileOptions = {},
): Promise<FileEditResult> {
  const { directory, baseUrl, timeoutMs = 600_000 } = options;
  const store = directory === undefined ? undefined : createImageFileStore({ ...options, directory });
  const origin = {
    origin: baseUrl === undefined ? "" : new URL(baseUrl).origin,
    fetch: undefined,
    fetchUrl: createResultFetch(createResultRoutes({}, createAgents({}))),
    timeoutMs,
    maxBytes: 2 ** 30,
    requestId: undefined,
  };
  const response = await parseResponseFile(path, {
    toImage: (image) => toFileImage(createEditedImage(image, origin, undefined), image.source),
    store,
  });
  if (!store) return response;
  const fetched = await fetchToFiles(response.images, store);
  return { ...response, images: fetched.images, warnings: [...response.warnings, ...fetched.warnings] };
}

/**
 * Reads an answer that was kept in a file, JSON or a stream of events, in pieces: memory does not grow with it when the
 * pictures go to files.
 *
 * @throws {InvalidResponseError} (`unknown`) when it holds no picture that can be read
 */
export async function parseResponseFile<Image extends EditedImage>(
  path: string,
  options: ReaderOptions<Image>,
): Promise<Result<Image>> {
  const rawBody = async () => new Uint8Array(await readFile(path));
  let response: Result<Image> | undefined;
  for await (const event of readEvents(readChunks(path), { rawBody, ...options })) {
    // The last holds all pictures.
    if (event.type === "completed") response = event.result;
  }
  return response as Result<Image>; // `readEvents` throws when it has nothing to give
}
