import { createProxyClient } from "@retouch/client/browser";
import { directTransport } from "./direct-transport.ts";
import type { EditTransport } from "./edit-transport.ts";

/** Configures a {@link proxyTransport}. */
export interface ProxyTransportOptions {
  /** Headers for your own server, such as a CSRF token. Never a key of the image server. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/**
 * Carries edits through your own server, which holds the key (`@retouch/client/server`), with upload progress.
 *
 * @param url Where your server listens: `/api/image-edit`.
 */
export function proxyTransport(url: string, options: ProxyTransportOptions = {}): EditTransport {
  return directTransport(createProxyClient({ url, ...options }));
}
