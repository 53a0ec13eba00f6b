import { ConfigurationError, type Outcome } from "../errors/errors.ts";
import { fileFields } from "../generated/limits.gen.ts";
import { fieldNames } from "../models/limits.ts";

/** What one edit may cost you; every limit has a default. */
export interface ProxyLimits {
  /** The largest form, pictures included; 64 MiB (67,108,864) by default. Each form is held in memory until it has left. */
  readonly maxBodyBytes?: number | undefined;
  /** The most pictures of one edit; what the model takes by default. */
  readonly maxImages?: number | undefined;
  /** The largest `n`, every one of which is billed; what the model takes by default. */
  readonly maxN?: number | undefined;
  /** The longest prompt in characters (code points); what the model takes by default. */
  readonly maxPromptLength?: number | undefined;
}

/** What `rateLimit` answers. */
export interface RateLimitVerdict {
  readonly allowed: boolean;
  /** When to come back; told to the page as `retry-after`. */
  readonly retryAfterMs?: number | undefined;
}

/** Tells what became of one request, for logs and meters; it holds no key, prompt, picture or address. */
export interface ProxyEvent {
  /**
   * - `refused`: it never left for upstream.
   * - `sent`: a complete, checked form starts to leave for upstream.
   * - `answered`: upstream's answer starts to go back.
   * - `completed`: all of it went back.
   * - `failed`: upstream could not be reached, or broke off.
   * - `aborted`: the page went away; upstream was cut off, and may bill the edit all the same.
   */
  readonly type: "refused" | "sent" | "answered" | "completed" | "failed" | "aborted";
  /** The status that the page got, when it got one. */
  readonly status?: number | undefined;
  /** A stable word: `not_authorized`, `request_too_large`, `upstream_rejected_key`, ... */
  readonly code?: string | undefined;
  /** What upstream may have done, once something was sent. */
  readonly outcome?: Outcome | undefined;
  readonly model?: string | undefined;
  readonly requestId?: string | undefined;
  readonly durationMs: number;
}

/** Configures {@link createImageEditHandler}. */
export interface ImageEditHandlerOptions {
  /**
   * The key, or a function that returns it for each request. It never reaches the page. It has at least 8 characters, except
   * for an upstream on loopback or in a private network.
   */
  readonly apiKey: string | (() => string | Promise<string>);
  /** The upstream server's root, with or without `/v1`; https, or http on loopback. The spec's server by default. */
  readonly baseUrl?: string | undefined;
  /**
   * Decides whether this request's sender may spend your money: it must give exactly `true`. It sees the request's
   * address and headers, not its body. Everybody may when it is the word `"public"`.
   */
  readonly authorize: "public" | ((request: Request) => boolean | Promise<boolean>);
  /** Origins beside the proxy's own that may post, such as `https://app.example.com`. None by default. */
  readonly allowedOrigins?: readonly string[] | undefined;
  /**
   * Names that this server goes by, such as `app.example.com`; `localhost`, names without a dot and addresses always pass. Without a list any name
   * does, except on a connection of this machine to itself while `authorize` is `"public"`: there a stranger's page could give
   * its own name (DNS rebinding), unless it came over https. Behind a reverse proxy on the same machine that does not end TLS, or for
   * callers that are no page, list the name that it hands on.
   */
  readonly allowedHosts?: readonly string[] | undefined;
  /** What may be asked for. Without a list, everything that the model takes. */
  readonly allow?:
    | {
        /** The models that may be asked for. With a list, a form without `model` is refused unless `force` gives one. */
        readonly models?: readonly string[] | undefined;
        /** The sizes that may be asked for. A form without `size` counts as `auto`. */
        readonly sizes?: readonly string[] | undefined;
      }
    | undefined;
  readonly limits?: ProxyLimits | undefined;
  /** Fields that your server decides, whatever the page sends: `{ model: "gpt-image-1", quality: "low" }`. */
  readonly force?: Readonly<Record<string, string | number | boolean>> | undefined;
  /** Is asked after `authorize` and before the form is read. */
  readonly rateLimit?: ((request: Request) => RateLimitVerdict | Promise<RateLimitVerdict>) | undefined;
  /** The limit of a whole request, reading the form included, in milliseconds; 600,000 by default. */
  readonly timeoutMs?: number | undefined;
  /** Is told what became of each request. What it throws is ignored. */
  readonly onEvent?: ((event: ProxyEvent) => void | Promise<void>) | undefined;
  /** Replaces the platform's `fetch` towards upstream. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** Answers one request of a page. It never throws. */
export type ImageEditHandler = (request: Request) => Promise<Response>;

const known: Readonly<Record<keyof ImageEditHandlerOptions, 1>> = {
  apiKey: 1,
  baseUrl: 1,
  authorize: 1,
  allowedHosts: 1,
  allowedOrigins: 1,
  allow: 1,
  limits: 1,
  force: 1,
  rateLimit: 1,
  timeoutMs: 1,
  onEvent: 1,
  fetch: 1,
};

/**
 * Checks the options that open or close the proxy: a limit that is no number would be no limit, and a text where a list
 * belongs would be searched for parts of words.
 *
 * @throws ConfigurationError (`not-sent`) for the first that can not work.
 */
export function checkProxyOptions(options: ImageEditHandlerOptions): void {
  const { allow = {}, allowedHosts, allowedOrigins, limits = {}, force = {}, rateLimit } = options;
  checkNames("", options, Object.keys(known));
  if (rateLimit !== undefined && typeof rateLimit !== "function")
    throw new ConfigurationError("`rateLimit` is no function. Give one, or leave it out.");
  checkNames("allow.", allow, ["models", "sizes"]);
  checkNames("limits.", limits, ["maxBodyBytes", "maxImages", "maxN", "maxPromptLength"]);
  for (const [name, list] of Object.entries({
    "allow.models": allow.models,
    "allow.sizes": allow.sizes,
    allowedHosts,
    allowedOrigins,
  })) {
    if (list === undefined) continue;
    if (!Array.isArray(list) || !list.every((entry) => typeof entry === "string"))
      throw new ConfigurationError(`\`${name}\` is no list of texts. Give one, as \`["..."]\`.`);
  }
  for (const origin of allowedOrigins ?? []) {
    if (!isOrigin(origin)) {
      throw new ConfigurationError(
        "`allowedOrigins` holds what no browser sends as its origin. Give scheme, host and port alone, as `https://app.example.com`.",
      );
    }
  }
  for (const host of allowedHosts ?? []) {
    if (!isHostName(host)) {
      throw new ConfigurationError(
        "`allowedHosts` holds what is no host name. Give names in lower case without scheme and port, as `app.example.com`.",
      );
    }
  }
  for (const [name, limit] of Object.entries(limits)) {
    if (limit !== undefined && !(typeof limit === "number" && limit >= 0))
      throw new ConfigurationError(`\`limits.${name}\` is no number from 0. Give one, or leave it out.`);
  }
  for (const [name, value] of Object.entries(force)) {
    const isField =
      (fieldNames as readonly string[]).includes(name) && ![...fileFields, "image"].includes(name);
    if (isField && /^(string|number|boolean)$/.test(typeof value) && value !== "") continue;
    throw new ConfigurationError(
      isField
        ? `\`force.${name}\` is no text, number or boolean. Give one, or leave it out.`
        : `\`force.${name}\` can not be forced: it is no text field of the spec. Leave it out.`,
    );
  }
}

/** A mistyped name would allow everything. */
function checkNames(prefix: string, given: object, known: readonly string[]): void {
  const stranger = Object.entries(given).find(
    ([name, value]) => value !== undefined && !known.includes(name),
  )?.[0];
  if (stranger === undefined) return;
  const names = known.map((name) => `\`${name}\``).join(", ");
  throw new ConfigurationError(`\`${prefix}${stranger}\` is no option. Give one of ${names}.`);
}

function isOrigin(text: string): boolean {
  try {
    return new URL(text).origin === text;
  } catch {
    // What is no URL is no origin either; the caller says so.
    return false;
  }
}

function isHostName(text: string): boolean {
  try {
    return new URL(`http://${text}`).hostname === text;
  } catch {
    // What is no part of a URL is no name either; the caller says so.
    return false;
  }
}
