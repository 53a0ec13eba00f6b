import type { EditedImage } from "../../edited-image.ts";
import { minSecretLength } from "../../errors/min-secret-length.ts";
import { createRedactor } from "../../errors/sanitize-text.ts";
import { defaultBaseUrl } from "../../generated/endpoint.gen.ts";
import type { ImageClientOptions } from "../../options.ts";
import { collectSecrets } from "../../request/collect-secrets.ts";
import { locateEdit } from "../../request/edit-endpoint.ts";
import { readEvents } from "../../response/events/read-events.ts";
import type { ReaderOptions, Result } from "../../response/reader-options.ts";
import { createEditedImage } from "../../results/create-edited-image.ts";
import { maxDownloadBytes } from "../../results/download-image.ts";
import { fetchToFiles, toFileImage } from "../files/download-to-files.ts";
import { nodeFiles } from "../files/durable-file.ts";
import { createImageFileStore } from "../files/image-file-store.ts";
import { createAgents, type NodeNetworkOptions } from "../network/agents.ts";
import { createResultFetch, createResultRoutes } from "../network/fetch-result-url.ts";
import type { FileEditResult, ImageFilesOptions } from "../options.ts";
import type { ClientFiles, Surroundings } from "../surroundings.ts";
import { readChunks } from "./read-chunks.ts";

/** Options for reading a stored response. */
export interface ResponseFileOptions
  extends Partial<ImageFilesOptions>,
    NodeNetworkOptions,
    Pick<ImageClientOptions, "headers" | "query"> {
  /**
   * The key that the edit was sent with, or all that it may be. A server can repeat it, and `headers` and `query`: errors
   * and warnings are without them. They are not sent.
   */
  readonly apiKey?: string | readonly string[] | undefined;
  /** The server that sent the response: result URLs on its origin are trusted as it is. */
  readonly baseUrl?: string | undefined;
  /** What relative result URLs are relative to: `root` of `describeRequest`. By default it is taken from `baseUrl`. */
  readonly root?: string | undefined;
  /** As in the client: accepts results on plain http of the server's own host. */
  readonly allowInsecureHttp?: boolean | undefined;
  /** How many images were requested: fewer or more are a warning. */
  readonly n?: number | undefined;
  /** Where the result of a task has its images: `result` of its dialect. */
  readonly resultPath?: string | undefined;
  /** Time limit for downloading an image that the response gives only as a URL, in milliseconds; 600,000 by default. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Reads a response that `responseFile` stored, as `edit` would, or as `editToFiles` with a `directory`. Sends nothing.
 *
 * @throws {InvalidResponseError} (`unknown`) if it contains no readable image
 * @example
 * const { images } = await readResponseFile("response.json");
 */
export async function readResponseFile(
  path: string,
  options: ResponseFileOptions = {},
  { files, runtime, fetchUrl }: Surroundings = { files: nodeFiles },
): Promise<FileEditResult> {
  const { directory, baseUrl, root, allowInsecureHttp, n, resultPath, timeoutMs = 600_000 } = options;
  const secrets = [options.apiKey ?? []]
    .flat()
    .map((text) => ({ text, minMatch: minSecretLength, isToken: true }));
  const redact = createRedactor([
    ...secrets,
    ...collectSecrets(undefined, {}, root ?? baseUrl ?? defaultBaseUrl, options, {}),
  ]);
  const store = directory === undefined ? undefined : createImageFileStore({ ...options, directory }, files);
  const origin = {
    origin: baseUrl === undefined ? "" : new URL(baseUrl).origin,
    base: root ?? (baseUrl === undefined ? undefined : locateEdit(baseUrl).root),
    allowInsecureHttp,
    fetch: undefined,
    fetchUrl: fetchUrl ?? createResultFetch(createResultRoutes(options, createAgents(options))),
    timeoutMs,
    runtime,
    maxBytes: maxDownloadBytes,
    requestId: undefined,
  };
  const response = await parseResponseFile(
    path,
    {
      toImage: (image) => toFileImage(createEditedImage(image, origin, undefined), image.source),
      store,
      requested: n,
      resultPath,
      redact,
    },
    files,
  );
  if (!store) return response;
  const fetched = await fetchToFiles(response.images, store);
  return { ...response, images: fetched.images, warnings: [...response.warnings, ...fetched.warnings] };
}

/**
 * Reads a stored response, JSON or server-sent events, in chunks: memory does not grow with its size if the
 * images are written to files.
 *
 * @throws {InvalidResponseError} (`unknown`) if it contains no readable image
 */
export async function parseResponseFile<Image extends EditedImage>(
  path: string,
  options: ReaderOptions<Image>,
  files: Pick<ClientFiles, "open" | "readFile"> = nodeFiles,
): Promise<Result<Image>> {
  const rawBody = async () => new Uint8Array(await files.readFile(path));
  let response: Result<Image> | undefined;
  for await (const event of readEvents(readChunks(path, files), { rawBody, ...options })) {
    // The last event holds all images.
    if (event.type === "completed") response = event.result;
  }
  return response as Result<Image>; // `readEvents` throws if there is no image
}
