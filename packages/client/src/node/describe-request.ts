import { resolveSettings } from "../config/resolve-settings.ts";
import type { Dialect } from "../dialect.ts";
import { throwImportError } from "../errors/import-error.ts";
import type { ImageClientOptions } from "../options.ts";

/** Where and how the edits of a client are sent. */
export interface RequestDescription {
  readonly method: "POST";
  /** The complete URL, without its query. */
  readonly url: string;
  /** The server's root, which the path of a task is relative to. */
  readonly root: string;
  /** The query parameters, of which any may be a secret. */
  readonly query: Readonly<Record<string, string>>;
  /** The header that holds the key, in lower case. */
  readonly keyHeader: string;
  /** The dialect, with everything of its preset. */
  readonly dialect: Dialect;
}

/**
 * Describes where and how a client with these options would send its edits. Sends nothing.
 *
 * @throws ConfigurationError (`not-sent`) for options that cannot work.
 * @example
 * const { url } = await describeRequest({ apiKey, baseUrl: "https://api.x.ai", dialect: "xai" });
 * url; // "https://api.x.ai/v1/images/edits"
 */
export async function describeRequest(options: ImageClientOptions): Promise<RequestDescription> {
  const settings = resolveSettings(options, {});
  const { resolveDialect } = await import("../request/resolve-dialect.ts").catch(throwImportError);
  const { dialect, url, root = "" } = await resolveDialect(settings);
  const { origin, pathname, searchParams } = new URL(url);
  return {
    method: "POST",
    url: origin + pathname,
    root,
    query: Object.fromEntries(searchParams),
    keyHeader: dialect.keyHeader?.toLowerCase() ?? "authorization",
    dialect,
  };
}
