import type { EditedImage } from "../../edited-image.ts";
import { minSecretLength } from "../../errors/min-secret-length.ts";
import { createRedactor } from "../../errors/redactor.ts";
import { defaultBaseUrl } from "../../generated/endpoint.gen.ts";
import { collectSecrets } from "../../request/collect-secrets.ts";
import { locateEdit } from "../../request/edit-endpoint.ts";
import { readEvents } from "../../response/events/read-events.ts";
import type { ReaderOptions, Result } from "../../response/reader-options.ts";
import { createEditedImage } from "../../results/create-edited-image.ts";
import { maxDownloadBytes } from "../../results/download-image.ts";
import { fetchToFiles, toFileImage } from "../files/download-to-files.ts";
import { nodeFiles } from "../files/durable-file.ts";
import { createImageFileStore } from "../files/image-file-store.ts";
import { createAgents } from "../network/agents.ts";
import { createResultFetch, createResultRoutes } from "../network/fetch-result-url.ts";
import type { FileEditResult, ResponseFileOptions } from "../options.ts";
import type { ClientFiles, Surroundings } from "../surroundings.ts";
import { readChunks } from "./read-chunks.ts";

/** Reads a stored response with its redactor, its images in memory or in files. */
export async function readStoredResponse(
  path: string,
  options: ResponseFileOptions,
  { files, runtime, fetchUrl }: Surroundings,
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
