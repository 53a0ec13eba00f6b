import { resolveSettings } from "../config/resolve-settings.ts";
import { createClient } from "../create-image-client.ts";
import type { ImageClient } from "../image-client.ts";
import type { ImageClientOptions } from "../options.ts";

/** Options of a client without a key: the proxy's URL, and the options of every client. */
export interface ProxyClientOptions
  extends Omit<
    ImageClientOptions,
    "apiKey" | "baseUrl" | "dangerouslyAllowBrowser" | "allowInsecureHttp" | "query" | "dialect"
  > {
  /** The proxy's URL, absolute or relative to the page: `/api/image-edit`. Edits are posted to exactly this URL. */
  readonly url: string | URL;
}

/**
 * Creates a client for pages that sends edits through a proxy (`createImageEditHandler` of `@retouch/client/server`),
 * which holds the key. The proxy knows the outcome of an edit, so the outcome that it reports is used.
 *
 * @throws ConfigurationError (`not-sent`) for options that cannot work.
 * @example
 * const client = createProxyClient({ url: "/api/image-edit" });
 * const { images } = await client.edit({ image: file, prompt: "A red hat" }, { onUploadProgress });
 */
export function createProxyClient({ url, ...options }: ProxyClientOptions): ImageClient {
  const create = (): ImageClient => {
    const load = async () => ({ transport: (await import("./xhr-transport.ts")).createProxyTransport() });
    const platform = { load, proxyUrl: String(url) };
    return createClient(platform, resolveSettings(options, platform));
  };
  if (globalThis.location !== undefined || /^https?:/i.test(String(url))) return create();
  // A component that is rendered on a server creates its client there too, where a relative URL cannot be resolved yet.
  return {
    edit: async (...call) => create().edit(...call),
    stream: (...call) => create().stream(...call),
    check: async (...call) => create().check(...call),
  };
}
