import { resolveSettings } from "../config/resolve-settings.ts";
import { createClient } from "../create-image-client.ts";
import type { ImageClient } from "../image-client.ts";
import type { ImageClientOptions } from "../options.ts";

/**
 * Creates a client for pages that reports upload progress. A key does not belong in a page: prefer
 * {@link createProxyClient}.
 *
 * @throws ConfigurationError (`not-sent`) for options that cannot work, and for an `apiKey` without
 * `dangerouslyAllowBrowser`.
 * @example
 * const client = createImageClient({ apiKey: keyOfThisVisitor, dangerouslyAllowBrowser: true });
 * await client.edit(params, { onUploadProgress: ({ loadedBytes, totalBytes }) => show(loadedBytes / totalBytes) });
 */
export function createImageClient(options: ImageClientOptions = {}): ImageClient {
  const load = async () => ({ transport: (await import("./xhr-transport.ts")).createXhrTransport() });
  return createClient({ load }, resolveSettings(options, {}));
}
