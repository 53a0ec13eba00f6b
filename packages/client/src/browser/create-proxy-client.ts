import { resolveSettings } from "../config/resolve-settings.ts";
import { createClient } from "../create-image-client.ts";
import type { ImageClient } from "../image-client.ts";
import type { ImageClientOptions } from "../options.ts";
import type { Transport } from "../transport/transport.ts";
import { createXhrTransport } from "./xhr-transport.ts";

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
    const platform = { transport: addAttemptId(createXhrTransport()), proxyUrl: String(url) };
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

/**
 * Adds an id to every attempt. A browser automatically posts a form again when a reused connection breaks; the proxy
 * recognizes the copy by its id and does not forward it.
 */
function addAttemptId(transport: Transport): Transport {
  return (request) => {
    // Across origins, the proxy's CORS rules may not allow another header, and every request would fail.
    const page = globalThis.location;
    if (!page || new URL(request.url, page.href).origin !== page.origin) return transport(request);
    const id = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(36)).join("");
    return transport({ ...request, headers: { ...request.headers, "x-retouch-attempt": id } });
  };
}
