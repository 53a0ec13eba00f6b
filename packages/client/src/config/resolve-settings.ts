import { configurationError, invalidOption } from "../errors/configuration-messages.ts";
import { pastedQueryNames } from "../generated/base-urls.gen.ts";
import { dialectNames } from "../generated/dialect-names.gen.ts";
import { defaultBaseUrl } from "../generated/endpoint.gen.ts";
import { isLoopback } from "../network/is-loopback.ts";
import type { ImageClientOptions } from "../options.ts";
import type { Platform } from "../platform.ts";
import { checkKeyVendor, keyValues } from "./check-key-vendor.ts";
import { checkNames } from "./check-names.ts";
import { checkCallOptions, checkRecord } from "./start-call.ts";

/** A client's options after validation, and what follows from them. */
export interface Settings {
  readonly options: ImageClientOptions;
  /** The base URL without its query; of an image-edit proxy the complete URL. */
  readonly baseUrl: string;
  /** Query parameters of the options, and of a base URL that is a pasted endpoint. */
  readonly query: Readonly<Record<string, string>> | undefined;
  /** The host name without a port: some models were shut down at one host only. */
  readonly host: string;
  readonly isProxy: boolean;
  /** The base URL's own origin: result URLs there are trusted like the server itself. */
  readonly origin: string;
  readonly needsKey: boolean;
  /** Whether edits go to the default server because no URL was given: another vendor's key is rejected then. */
  readonly isDefaultServer: boolean;
}

const optionNames: Readonly<Record<keyof ImageClientOptions, 1>> = {
  apiKey: 1,
  baseUrl: 1,
  fetch: 1,
  headers: 1,
  query: 1,
  timeoutMs: 1,
  maxRetries: 1,
  maxAnswerBytes: 1,
  dialect: 1,
  limitsLike: 1,
  dangerouslyAllowBrowser: 1,
  allowInsecureHttp: 1,
  onRequest: 1,
  onResponse: 1,
  onRetry: 1,
  onTask: 1,
};

/**
 * Validates a client's options, once per client.
 *
 * @throws ConfigurationError (`not-sent`) for the first invalid one
 */
export function resolveSettings(
  options: ImageClientOptions,
  platform: Pick<Platform, "proxyUrl" | "optionNames">,
): Settings {
  const { proxyUrl } = platform;
  // With a mistyped `baseURL`, the key would go to another server than the one that was meant.
  checkNames(options, Object.keys(optionNames).concat(platform.optionNames ?? []));
  checkRecord("query", options.query);
  const { origin, host, ...server } = checkBaseUrl(options, proxyUrl);
  checkDialect(options.dialect);
  checkCallOptions(options);
  if (options.fetch !== undefined && typeof options.fetch !== "function")
    throw invalidOption("fetch", "must be a function.");
  const isProxy = proxyUrl !== undefined;
  const names = Object.keys(options.headers ?? {});
  const hasKeyHeader = !isProxy && names.some((name) => /^(authorization|api-key|x-api-key)$/i.test(name));
  const needsKey = !isProxy && !hasKeyHeader;
  const { apiKey } = options;
  if (typeof apiKey === "string" || (needsKey && typeof apiKey !== "function")) cleanKey(apiKey);
  const isDefaultServer = !isProxy && options.baseUrl === undefined;
  if (isDefaultServer) {
    checkKeyVendor({
      ...(typeof apiKey === "string" && { apiKey }),
      ...keyValues("headers", options.headers),
      ...keyValues("query", options.query),
    });
  }
  if ((apiKey !== undefined || hasKeyHeader) && isPage() && !options.dangerouslyAllowBrowser) {
    throw configurationError("key_in_browser", {});
  }
  return { options, ...server, host, origin, isProxy, needsKey, isDefaultServer };
}

/** Rejects an unknown preset where its name was written; the rest of a dialect is checked with the code that reads it. */
function checkDialect(dialect: ImageClientOptions["dialect"] = {}): void {
  const preset = typeof dialect === "object" ? dialect?.preset : dialect;
  if (preset !== undefined && !dialectNames.includes(preset))
    throw invalidOption("dialect", `is not a preset. Give one of ${dialectNames.join(", ")}.`);
}

/**
 * Parses the URL that edits are posted to. Its root may be given with or without the version, or as the complete URL.
 *
 * @throws ConfigurationError for an invalid URL, one with credentials, and one that would send the key unencrypted.
 */
function checkBaseUrl(
  options: ImageClientOptions,
  proxyUrl: string | undefined,
): Pick<Settings, "baseUrl" | "query" | "origin" | "host"> {
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
  if (isProxy) return { baseUrl: url.href.replace(/#.*/, ""), query, origin, host };
  if (url.protocol === "http:" && !isLoopback(url.hostname) && !options.allowInsecureHttp)
    throw configurationError("insecure_http", { host: url.host });
  const pasted = Object.fromEntries(url.searchParams);
  if (url.hash !== "" || Object.keys(pasted).some((name) => !pastedQueryNames.includes(name)))
    throw configurationError("invalid_base_url", { option, seen: "query" });
  return {
    baseUrl: origin + url.pathname,
    query: { ...pasted, ...query },
    origin,
    host,
  };
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

/**
 * Returns a key without the whitespace around it.
 *
 * @throws ConfigurationError (`not-sent`) for no key, and for one that a header cannot carry; it is never quoted
 */
export function cleanKey(key: unknown): string {
  const trimmed = typeof key === "string" ? key.trim() : "";
  if (trimmed === "") throw configurationError("missing_api_key", {});
  if (/[^!-~]/.test(trimmed)) throw configurationError("invalid_api_key", {});
  return trimmed;
}

/** Returns whether this runs in a browser: in a page, or in one of its workers. */
export function isPage(): boolean {
  const { document, window, navigator } = globalThis as {
    document?: unknown;
    window?: { document?: unknown };
    navigator?: { userAgent?: string };
  };
  // Workers have no `document`, but only browsers call themselves Mozilla.
  return (document ?? window?.document) !== undefined || /^Mozilla\//.test(navigator?.userAgent ?? "");
}
