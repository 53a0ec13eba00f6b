import { ConfigurationError } from "../errors/errors.ts";
import { defaultBaseUrl, editPath, editPathEnd } from "../generated/endpoint.gen.ts";
import { isLoopback } from "../network/is-loopback.ts";
import type { ImageClientOptions } from "../options.ts";

/** The URL that edits are posted to, in parts. */
export interface Target {
  /** The server's root without the version of the path; for an image-edit proxy its complete URL. */
  readonly root: string;
  /** The path after the root. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>> | undefined;
}

/** A server's address, taken apart. */
export interface Address extends Target {
  readonly origin: string;
  /** The host's name, without a port. */
  readonly host: string;
}

/**
 * Takes the address that edits are posted to apart: the root may be given with or without the version, or as the complete URL.
 *
 * @throws ConfigurationError for what is no address, holds credentials, or would carry the key in the clear.
 */
export function checkBaseUrl(options: ImageClientOptions, proxyUrl: string | undefined): Address {
  const isProxy = proxyUrl !== undefined;
  const name = isProxy ? "url" : "baseUrl";
  const url = parse(proxyUrl ?? options.baseUrl ?? defaultBaseUrl, isProxy);
  if (url?.protocol !== "https:" && url?.protocol !== "http:") {
    const example = isProxy ? "https://shop.example/api/image-edit" : defaultBaseUrl;
    throw new ConfigurationError(`\`${name}\` is no http(s) address. Give one like \`${example}\`.`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new ConfigurationError(
      `\`${name}\` holds a user name or password. Pass the key as \`apiKey\`, or in \`headers\`.`,
    );
  }
  const { query } = options;
  const { origin, hostname: host } = url;
  if (isProxy) return { root: url.href.replace(/#.*/, ""), path: "", query, origin, host };
  if (url.protocol === "http:" && !isLoopback(url.hostname) && !options.allowInsecureHttp) {
    throw new ConfigurationError(
      "`baseUrl` is plain http beyond this machine, which shows the key and the pictures to everyone on the way. Use https, or set `allowInsecureHttp`.",
      { code: "insecure_http" },
    );
  }
  if (url.search !== "" || url.hash !== "") {
    throw new ConfigurationError("`baseUrl` holds a query or a fragment. Pass query parameters as `query`.");
  }
  const path = options.dialect?.path ?? editPath;
  if (!/^\/[\w./~-]+$/.test(path)) {
    throw new ConfigurationError(
      "`dialect.path` is no path. Give one like `/images/edits`, without a query.",
    );
  }
  const root = url.pathname.replace(/\/+$/, "").replace(editPathEnd, "");
  return { root: origin + root, path, query, origin, host };
}

// Only a proxy's address may be relative: there is a page that it stands beside.
function parse(given: string, isProxy: boolean): URL | undefined {
  const page = (globalThis as { location?: { href?: string } }).location?.href;
  try {
    return new URL(given, isProxy ? page : undefined);
  } catch {
    // Told by the caller, without the address: it can hold a secret.
    return undefined;
  }
}
