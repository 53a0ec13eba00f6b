import { createProxyClient, type ProxyClientOptions } from "@retouch/client/browser";
import { createTransport } from "./direct-transport.ts";
import type { EditTransport } from "./edit-transport.ts";

/** Options of {@link proxyTransport}. */
export interface ProxyTransportOptions {
  /** Headers for your own server, such as a CSRF token. Never the key of the image server. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The model whose limits apply to a name that is not known, such as a deployment's: that of the proxy. */
  readonly limitsLike?: ProxyClientOptions["limitsLike"];
}

/**
 * Creates a transport that sends edits through your own server, which holds the key (`@retouch/client/server`).
 *
 * @param url The route of the proxy on your server: `/api/image-edit`.
 */
export function proxyTransport(url: string, options: ProxyTransportOptions = {}): EditTransport {
  const client = createProxyClient({ url, ...options });
  return {
    ...createTransport(client, ({ onJob }) => ({ onJob })),
    collect: (job, { signal }) => client.collect(job, { signal }),
  };
}
