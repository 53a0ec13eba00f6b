import { configurationError, invalidOption } from "../errors/configuration-messages.ts";
import { defaultBaseUrl, editPath } from "../generated/endpoint.gen.ts";
import { isLoopback } from "../network/is-loopback.ts";
import type { ImageClientOptions } from "../options.ts";

/** The URL that edits are posted to, in parts. */
export interface Target {
  /** The server's root without `/v1`; for an image-edit proxy its complete URL. */
  readonly root: string;
  /** The path after the root. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>> | undefined;
}

/** The base URL in parts. */
export interface BaseUrl extends Target {
  readonly origin: string;
  /** The host's name, without a port. */
  readonly host: string;
}

/**
 * Parses the URL that edits are posted to. Its root may be given with or without `/v1`.
 *
 * @throws ConfigurationError for an invalid URL, one with credentials, and one that would send the key unencrypted.
 */
export function checkBaseUrl(options: ImageClientOptions, proxyUrl: string | undefined): BaseUrl {
  const isProxy = proxyUrl !== undefined;
  const option = isProxy ? "url" : "baseUrl";
  const url = parse(proxyUrl ?? options.baseUrl ?? defaultBaseUrl, isProxy);
  if (url?.protocol !== "https:" && url?.protocol !== "http:") {
    const example = isProxy ? "https://shop.example/api/image-edit" : defaultBaseUrl;
    throw configurationError("invalid_base_url", { option, seen: "not_http", example });
  }
  if (url.username !== "" || url.password !== "")
    throw configurationError("invalid_base_url", { option, seen: "credentials" });
  const { query } = options;
  const { origin, hostname: host } = url;
  if (isProxy) return { root: url.href.replace(/#.*/, ""), path: "", query, origin, host };
  if (url.protocol === "http:" && !isLoopback(url.hostname) && !options.allowInsecureHttp)
    throw configurationError("insecure_http", { host: url.host });
  if (url.search !== "" || url.hash !== "")
    throw configurationError("invalid_base_url", { option, seen: "query" });
  const path = options.dialect?.path ?? editPath;
  if (!/^\/[\w./~-]+$/.test(path))
    throw invalidOption("dialect.path", "must be a path without a query, for example `/images/edits`.");
  const root = url.pathname.replace(/\/+$/, "").replace(/\/v1(\/images\/edits)?$/, "");
  return { root: origin + root, path, query, origin, host };
}

// Only a proxy's URL may be relative, to the URL of its page.
function parse(given: string, isProxy: boolean): URL | undefined {
  const page = (globalThis as { location?: { href?: string } }).location?.href;
  try {
    return new URL(given, isProxy ? page : undefined);
  } catch {
    // The caller reports it without the URL, which can contain a secret.
    return undefined;
  }
}
