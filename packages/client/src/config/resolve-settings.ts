import { checkBaseUrl } from "../check-base-url.ts";
import { checkCall } from "../check-call.ts";
import { checkRecord } from "../check-record.ts";
import { cleanKey } from "../clean-key.ts";
import { ConfigurationError } from "../errors.ts";
import { isPage } from "../is-page.ts";
import type { ImageClientOptions } from "../options.ts";
import type { Runtime } from "../platform.ts";
import type { Target } from "../request/edit-url.ts";

/** A client's options after validation, with every default in place. */
export interface Settings {
  readonly options: ImageClientOptions;
  readonly target: Target;
  /** Where edits are posted to, less the query. */
  readonly url: string;
  readonly host: string;
  readonly isProxy: boolean;
  /** Names the target in messages, less whatever of the address could be a secret. */
  readonly label: string;
  /** The base URL's own origin: result URLs there are trusted like the server itself. */
  readonly origin: string;
  readonly needsKey: boolean;
}

const known: Readonly<Record<keyof ImageClientOptions, 1>> = {
  apiKey: 1,
  baseUrl: 1,
  fetch: 1,
  headers: 1,
  query: 1,
  timeoutMs: 1,
  maxRetries: 1,
  maxAnswerBytes: 1,
  dialect: 1,
  dangerouslyAllowBrowser: 1,
  allowInsecureHttp: 1,
  onRequest: 1,
  onResponse: 1,
  onRetry: 1,
};

/**
 * Validates a client's options.
 *
 * @throws ConfigurationError, outcome `not-sent`.
 */
export function resolveOptions(options: ImageClientOptions, runtime: Runtime): Settings {
  const { proxyUrl, optionNames } = runtime;
  for (const [name, value] of Object.entries(options)) {
    // `baseURL`, say: the key would go to another server than the one that was meant.
    if (value !== undefined && !(name in known) && !optionNames?.includes(name))
      throw new ConfigurationError(`\`${name}\` is no option of this client. Check its spelling.`);
  }
  checkRecord("query", options.query);
  const { origin, host, ...target } = checkBaseUrl(options, proxyUrl);
  checkCall(options);
  if (options.fetch !== undefined && typeof options.fetch !== "function")
    throw new ConfigurationError("`fetch` is no function. Give one, or leave it out.");
  const isProxy = proxyUrl !== undefined;
  const names = Object.keys(options.headers ?? {});
  const hasKeyHeader = !isProxy && names.some((name) => /^(authorization|api-key|x-api-key)$/i.test(name));
  const needsKey = !isProxy && !hasKeyHeader;
  const { apiKey } = options;
  if (typeof apiKey === "string" || (needsKey && typeof apiKey !== "function")) cleanKey(apiKey);
  if ((apiKey !== undefined || hasKeyHeader) && isPage() && !options.dangerouslyAllowBrowser) {
    throw new ConfigurationError(
      "`apiKey`, or a header that holds a key, was given in a page, where every visitor can read it. Keep it on a server with `createImageEditHandler` of `@retouch/client/server`, or set `dangerouslyAllowBrowser` if the key is the visitor's own.",
      { code: "key_in_browser" },
    );
  }
  const label = isProxy ? "The proxy" : `POST ${target.path}`;
  const url = target.root + target.path;
  return { options, target, url, host, origin, isProxy, label, needsKey };
}
