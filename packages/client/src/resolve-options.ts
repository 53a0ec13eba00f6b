import { checkBaseUrl } from "./check-base-url.ts";
import type { Target } from "./create-carrier.ts";
import { ConfigurationError } from "./errors.ts";
import { isPage } from "./is-page.ts";
import type { EditOptions, ImageClientOptions } from "./options.ts";
import type { Runtime } from "./runtime.ts";

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

const own = /^(content-type|content-length|transfer-encoding|host|connection|keep-alive|upgrade|expect)$/i;
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
  checkHeaders(options.headers);
  checkCall(options);
  if (options.fetch !== undefined && typeof options.fetch !== "function")
    throw new ConfigurationError("`fetch` is no function. Give one, or leave it out.");
  const isProxy = proxyUrl !== undefined;
  const names = Object.keys(options.headers ?? {});
  const hasKeyHeader = !isProxy && names.some((name) => /^(authorization|api-key|x-api-key)$/i.test(name));
  const needsKey = !isProxy && !hasKeyHeader;
  const { apiKey } = options;
  if (typeof apiKey === "string") cleanKey(apiKey);
  else if (needsKey && typeof apiKey !== "function") throw missingKey();
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

/** Validates what both a client and a single call can set. */
export function checkCall({
  timeoutMs,
  maxRetries,
  maxAnswerBytes,
  headers,
  idempotencyKey,
  signal,
}: EditOptions): void {
  if (signal && typeof signal.throwIfAborted !== "function")
    throw new ConfigurationError("`signal` is no `AbortSignal`. Give one, or leave it out.");
  // Timers take 31 bits; a longer one fires at once.
  checkNumber("timeoutMs", timeoutMs, 1, 2 ** 31 - 1);
  checkNumber("maxRetries", maxRetries, 0, 1000);
  if (maxRetries !== undefined && !Number.isInteger(maxRetries))
    throw new ConfigurationError(`\`maxRetries\` is ${maxRetries}. Give a whole number.`);
  checkNumber("maxAnswerBytes", maxAnswerBytes, 1, Number.POSITIVE_INFINITY);
  checkHeaders(headers);
  checkHeaders({ "idempotency-key": idempotencyKey });
}

function checkNumber(name: string, value: unknown, minimum: number, maximum: number): void {
  if (value === undefined || (typeof value === "number" && value >= minimum && value <= maximum)) return;
  const seen = typeof value === "number" ? value : `of type ${typeof value}`;
  throw new ConfigurationError(`\`${name}\` is ${seen}. Give a number from ${minimum} to ${maximum}.`);
}

function checkHeaders(headers: Readonly<Record<string, string | undefined>> = {}): void {
  checkRecord("headers", headers);
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[!#$%&'*+.^`|~\w-]+$/.test(name)) {
      throw new ConfigurationError(
        "`headers` holds a name that is no HTTP token. Use letters, digits and hyphens.",
      );
    }
    if (own.test(name)) {
      throw new ConfigurationError(
        `Header \`${name}\` belongs to the form and its connection. Leave it out of \`headers\`.`,
      );
    }
    if (value !== undefined && (typeof value !== "string" || !/^[\t -~\x80-\xff]*$/.test(value))) {
      throw new ConfigurationError(
        `The value of header \`${name}\` holds a line break or another character that no header can carry. Remove it.`,
      );
    }
  }
}

/** `Headers`, `URLSearchParams` and maps look like objects without entries: what they hold would be lost. */
function checkRecord(name: string, value: unknown = {}): void {
  if (typeof value !== "object" || value === null || Symbol.iterator in value)
    throw new ConfigurationError(`\`${name}\` is no plain object. Give one, as \`{ name: "value" }\`.`);
}

/** Gives the key for one call, or `undefined` when headers or a proxy make it unnecessary. */
export async function resolveKey({ options: { apiKey }, needsKey }: Settings): Promise<string | undefined> {
  if (apiKey === undefined) return undefined;
  if (typeof apiKey === "string") return cleanKey(apiKey);
  let key: unknown;
  try {
    key = await apiKey();
  } catch (cause) {
    throw new ConfigurationError("The `apiKey` function failed. Nothing was sent. See `cause`.", {
      code: "api_key_failed",
      cause,
    });
  }
  if (key === undefined && !needsKey) return undefined;
  return cleanKey(key);
}

function cleanKey(key: unknown): string {
  const trimmed = typeof key === "string" ? key.trim() : "";
  if (trimmed === "") throw missingKey();
  if (/[^!-~]/.test(trimmed)) {
    throw new ConfigurationError(
      "`apiKey` holds a space, a line break or a character outside ASCII. Copy the key again.",
      { code: "invalid_api_key" },
    );
  }
  return trimmed;
}

function missingKey(): ConfigurationError {
  return new ConfigurationError("API key is missing. Pass `apiKey`.", { code: "missing_api_key" });
}
