import { buildImageClient, type ImageClient } from "../build-image-client.ts";
import type { ImageClientOptions } from "../options.ts";
import { createXhrTransport } from "./create-xhr-transport.ts";

/**
 * Creates a client for pages that tells how much of an upload has left. A key does not belong into a page: prefer
 * {@link createProxyClient}.
 *
 * @throws ConfigurationError (`not-sent`) for options that can not work, and for an `apiKey` without
 * `dangerouslyAllowBrowser`.
 * @example
 * const client = createImageClient({ apiKey: keyOfThisVisitor, dangerouslyAllowBrowser: true });
 * await client.edit(params, { onUploadProgress: ({ loadedBytes, totalBytes }) => show(loadedBytes / totalBytes) });
 */
export function createImageClient(options: ImageClientOptions = {}): ImageClient {
  return buildImageClient({ transport: createXhrTransport() }, options);
}
