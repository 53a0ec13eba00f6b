import { checkNames } from "../config/check-names.ts";
import { nearestName } from "../config/nearest-name.ts";
import type { Dialect } from "../dialect.ts";
import type { KnownModel } from "../edit-params.ts";
import { ConfigurationError, type Outcome } from "../errors/errors.ts";
import type { DialectName } from "../generated/dialect-names.gen.ts";
import { fileFields } from "../generated/limits.gen.ts";
import { fieldNames } from "../models/limits.ts";
import { checkJobOptions, type JobOptions } from "./jobs/job-options.ts";

/** Limits on what one edit may cost you; each has a default. */
export interface ProxyLimits {
  /** Largest form, images included; 64 MiB (67,108,864) by default. Each form stays in memory until it is sent. */
  readonly maxBodyBytes?: number | undefined;
  /** Most images of one edit; the model's limit by default. */
  readonly maxImages?: number | undefined;
  /** Largest `n`, each of which is billed; the model's limit by default. */
  readonly maxN?: number | undefined;
  /** Longest prompt in characters (code points); the model's limit by default. */
  readonly maxPromptLength?: number | undefined;
}

/** The result of `rateLimit`. */
export interface RateLimitVerdict {
  readonly allowed: boolean;
  /** When to retry; sent to the page as `retry-after`. */
  readonly retryAfterMs?: number | undefined;
}

/**
 * An event of one request, for logs and metrics. Except for `cause`, it contains no key, prompt, image, host name or IP
 * address.
 */
export interface ProxyEvent {
  /**
   * - `refused`: it was never sent to upstream.
   * - `sent`: a complete, checked form is about to be sent to upstream.
   * - `task`: upstream made a task of it, `taskId`, which is about to be polled.
   * - `answered`: upstream's response is about to be forwarded.
   * - `completed`: the complete response was forwarded.
   * - `failed`: upstream could not be reached, or its connection broke.
   * - `aborted`: the page closed the connection; the request to upstream was aborted, and may still be billed.
   */
  readonly type: "refused" | "sent" | "task" | "answered" | "completed" | "failed" | "aborted";
  /** Status of the response to the page, if there was one. */
  readonly status?: number | undefined;
  /** Stable code: `not_authorized`, `request_too_large`, `upstream_rejected_key`, ... */
  readonly code?: string | undefined;
  /** Whether upstream may have billed the edit, once something was sent. */
  readonly outcome?: Outcome | undefined;
  readonly model?: string | undefined;
  readonly requestId?: string | undefined;
  /** Upstream's id of the task that it made of the edit: its image may come after the page has left. */
  readonly taskId?: string | undefined;
  /**
   * Why it was refused or failed, for your log: what `authorize`, `rateLimit`, `owner` or `jobs.store` threw, or how the
   * connection broke. It may name hosts and paths, and never reaches the page.
   */
  readonly cause?: unknown;
  readonly durationMs: number;
}

/** Options of {@link createImageEditHandler}. */
export interface ImageEditHandlerOptions {
  /**
   * Key, or a function that returns it for each request. It never reaches the page. It has at least 8 characters, except
   * for an upstream on loopback or in a private network.
   */
  readonly apiKey: string | (() => string | Promise<string>);
  /** Root URL of upstream, with or without `/v1`; https, or http on loopback. The spec's server by default. */
  readonly baseUrl?: string | undefined;
  /** Allows http to another machine: anyone on the network path can read the key and the images. */
  readonly allowInsecureHttp?: boolean | undefined;
  /** How upstream differs from the spec, as in `createImageClient`. Pages send the same form to this proxy for every dialect. */
  readonly dialect?: Dialect | DialectName | undefined;
  /** The model whose limits apply to a name that the spec does not know, such as a deployment's. */
  readonly limitsLike?: KnownModel | undefined;
  /**
   * Decides whether the sender of this request may spend your money: it must return exactly `true`. It sees the
   * request's URL and headers, not its body. Set it to `"public"` to allow everyone.
   */
  readonly authorize: "public" | ((request: Request) => boolean | Promise<boolean>);
  /** Origins besides the proxy's own that may post, such as `https://app.example.com`. None by default. */
  readonly allowedOrigins?: readonly string[] | undefined;
  /**
   * Host names of this server, such as `app.example.com`. `localhost`, names without a dot and IP addresses always pass.
   * Without a list every name passes, with one exception: connections from this machine while `authorize` is `"public"`.
   * There an untrusted site could point its own name at this server (DNS rebinding), unless the page came over https.
   * List the forwarded name behind a reverse proxy on this machine without TLS, and for clients that are not a page.
   */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Values that may be requested. Without a list, everything that the model accepts. */
  readonly allow?:
    | {
        /** Models that may be requested. With a list, a form without `model` is rejected unless `force` sets one. */
        readonly models?: readonly string[] | undefined;
        /** Sizes that may be requested. A form without `size` counts as `auto`. */
        readonly sizes?: readonly string[] | undefined;
      }
    | undefined;
  /** Limits of the form, beyond those of the model: bytes, images, characters, `n`. */
  readonly limits?: ProxyLimits | undefined;
  /** Fields that your server sets, whatever the page sends: `{ quality: "low" }`. */
  readonly force?: Readonly<Record<string, string | number | boolean>> | undefined;
  /** Called after `authorize` and before the form is read. */
  readonly rateLimit?: ((request: Request) => RateLimitVerdict | Promise<RateLimitVerdict>) | undefined;
  /**
   * Lets edits outlive the page: a POST is answered with 202 and the id of a job, which `createProxyClient` follows by
   * itself. It needs a process that outlives the request, or `waitUntil`. Without it, a page that leaves aborts its edit.
   */
  readonly jobs?: JobOptions | undefined;
  /** Time limit of a complete request, reading the form included, in milliseconds; 600,000 by default. */
  readonly timeoutMs?: number | undefined;
  /** Called with the outcome of each request. Errors it throws are ignored. */
  readonly onEvent?: ((event: ProxyEvent) => void | Promise<void>) | undefined;
  /**
   * Sends requests to upstream. By default Node sends them by `node:http(s)`, which is faster and waits for a response as long
   * as `timeoutMs` allows, and other runtimes by their `fetch`. Give `globalThis.fetch` for tracing, or for a dispatcher of undici.
   */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** Responds to one request of a page. It never throws. */
export type ImageEditHandler = (request: Request) => Promise<Response>;

const known: Readonly<Record<keyof ImageEditHandlerOptions, 1>> = {
  apiKey: 1,
  baseUrl: 1,
  allowInsecureHttp: 1,
  dialect: 1,
  limitsLike: 1,
  authorize: 1,
  allowedHosts: 1,
  allowedOrigins: 1,
  allow: 1,
  limits: 1,
  force: 1,
  rateLimit: 1,
  jobs: 1,
  timeoutMs: 1,
  onEvent: 1,
  fetch: 1,
};

/**
 * Checks the options that open or close the proxy: a limit that is not a number would not limit, and a string instead
 * of a list would match substrings.
 *
 * @throws ConfigurationError (`not-sent`) for the first invalid option.
 */
export function checkProxyOptions(options: ImageEditHandlerOptions): void {
  const { allow = {}, allowedHosts, allowedOrigins, limits = {}, force = {}, rateLimit } = options;
  checkNames(options, Object.keys(known), "", nearestName);
  if (rateLimit !== undefined && typeof rateLimit !== "function")
    throw new ConfigurationError("`rateLimit` must be a function.");
  checkJobOptions(options.jobs);
  checkNames(allow, ["models", "sizes"], "allow.", nearestName);
  checkNames(limits, ["maxBodyBytes", "maxImages", "maxN", "maxPromptLength"], "limits.", nearestName);
  for (const [name, list] of Object.entries({
    "allow.models": allow.models,
    "allow.sizes": allow.sizes,
    allowedHosts,
    allowedOrigins,
  })) {
    if (list === undefined) continue;
    if (!Array.isArray(list) || !list.every((entry) => typeof entry === "string"))
      throw new ConfigurationError(`\`${name}\` must be an array of strings.`);
  }
  for (const origin of allowedOrigins ?? []) {
    if (!isOrigin(origin)) {
      throw new ConfigurationError(
        "`allowedOrigins` must hold origins as browsers send them: scheme, host and port only, for example `https://app.example.com`.",
      );
    }
  }
  for (const host of allowedHosts ?? []) {
    if (!isHostName(host)) {
      throw new ConfigurationError(
        "`allowedHosts` must hold host names in lower case without scheme and port, for example `app.example.com`.",
      );
    }
  }
  for (const [name, limit] of Object.entries(limits)) {
    if (limit !== undefined && !(typeof limit === "number" && limit >= 0))
      throw new ConfigurationError(`\`limits.${name}\` must be a number of 0 or more.`);
  }
  for (const [name, value] of Object.entries(force)) {
    const isField =
      (fieldNames as readonly string[]).includes(name) && ![...fileFields, "image"].includes(name);
    if (isField && /^(string|number|boolean)$/.test(typeof value) && value !== "") continue;
    throw new ConfigurationError(
      isField
        ? `\`force.${name}\` must be a string, number or boolean.`
        : `\`force.${name}\` cannot be forced: it is not a text field of the spec. Remove it.`,
    );
  }
}

function isOrigin(text: string): boolean {
  try {
    return new URL(text).origin === text;
  } catch {
    // Text that is not a URL is not an origin either; the caller reports it.
    return false;
  }
}

function isHostName(text: string): boolean {
  try {
    return new URL(`http://${text}`).hostname === text;
  } catch {
    // Text that cannot be part of a URL is not a name either; the caller reports it.
    return false;
  }
}
