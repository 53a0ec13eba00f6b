import { buildImageClient, type ImageClient } from "../build-image-client.ts";
import type { ImageClientOptions } from "../options.ts";
import type { Transport } from "../transport.ts";
import { createXhrTransport } from "./create-xhr-transport.ts";

/** Configures a client without a key: where the proxy is, and what a client of any kind can set. */
export interface ProxyClientOptions
  extends Omit<
    ImageClientOptions,
    "apiKey" | "baseUrl" | "dangerouslyAllowBrowser" | "allowInsecureHttp" | "query"
  > {
  /** The proxy's address, relative to the page or absolute: `/api/image-edit`. Edits are posted to exactly it. */
  readonly url: string | URL;
}

/**
 * Creates a client for pages that sends edits through a proxy (`createImageEditHandler` of `@retouch/client/server`),
 * which has the key. The proxy knows what became of an edit, so its word on the outcome counts.
 *
 * @throws ConfigurationError (`not-sent`) for options that can not work.
 * @example
 * const client = createProxyClient({ url: "/api/image-edit" });
 * const { images } = await client.edit({ image: file, prompt: "A red hat" }, { onUploadProgress });
 */
export function createProxyClient({ url, ...options }: ProxyClientOptions): ImageClient {
  const build = (): ImageClient =>
    buildImageClient({ transport: nameAttempts(createXhrTransport()), proxyUrl: String(url) }, options);
  if (globalThis.location !== undefined || /^https?:/i.test(String(url))) return build();
  // A component that is rendered on a server creates its client there too, where a relative address means nothing yet.
  return {
    edit: async (...given) => build().edit(...given),
    stream: (...given) => build().stream(...given),
    check: async (...given) => build().check(...given),
  };
}

/**
 * Gives every attempt an id of its own. A browser posts a form again by itself when a connection that was used before
 * breaks under it; the proxy knows the copy by its id and does not send it on.
 */
function nameAttempts(transport: Transport): Transport {
  return (request) => {
    // Across origins another header may be one that the proxy's CORS rules do not know, and nothing would pass.
    const page = globalThis.location;
    if (!page || new URL(request.url, page.href).origin !== page.origin) return transport(request);
    const id = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(36)).join("");
    return transport({ ...request, headers: { ...request.headers, "x-retouch-attempt": id } });
  };
}
