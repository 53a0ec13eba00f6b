// Over 220 lines: the class hierarchy of the errors, each with its guard.
import type { EditedImage } from "../edited-image.ts";
import type { RetouchCode } from "./codes.ts";
import { sanitizeCause } from "./sanitize-cause.ts";

/**
 * What the server may have done with an edit that failed.
 *
 * - `not-sent`: the server cannot have received a complete request. Nothing was billed.
 * - `rejected`: the server responded with 4xx. Nothing was billed.
 * - `unknown`: the server may have made the images, and billed them.
 */
export type Outcome = "not-sent" | "rejected" | "unknown";

/** Options of an error of this library. No field contains a key, a prompt, a body or a signed URL. */
export interface RetouchErrorOptions {
  readonly outcome: Outcome;
  /** A stable code to branch on: see `docs/errors.md`. */
  readonly code?: RetouchCode | undefined;
  /** The parameters of the message: see {@link formatMessage}. */
  readonly params?: Readonly<Record<string, unknown>> | undefined;
  /** The underlying error. Only its name and code are kept: the message of another library can contain a key or a URL. */
  readonly cause?: unknown;
  readonly requestId?: string | undefined;
  readonly idempotencyKey?: string | undefined;
  readonly taskId?: string | undefined;
  /** Returns the response unchanged, because one that could not be parsed may have been billed. */
  readonly rawBody?: (() => Promise<Uint8Array>) | undefined;
  /** The complete images of a response that broke off: they may have been billed. */
  readonly images?: readonly EditedImage[] | undefined;
}

/** One thing about the parameters that the server would reject, or may not do as requested. */
export interface Problem {
  /** `error` stops the edit before anything is sent; a `warning` is in `result.warnings`. */
  readonly severity: "error" | "warning";
  /** The parameter, by its name in the spec; images by their index: `image[1]`. */
  readonly field: string;
  /** A stable code to branch on: `missing`, `too_long`, `not_allowed`, `wrong_size`, ... In a warning, it may be the server's. */
  readonly code: RetouchCode | (string & {});
  /** What was seen, what is allowed and what to do, in full sentences with the names of code. */
  readonly message: string;
  /**
   * The parameters of the message, such as `maxLength`. {@link hasCode} types them, and {@link formatMessage} makes the
   * message again with other names. Absent in the few messages that name nothing, and in the server's own.
   */
  readonly params?: Readonly<Record<string, unknown>> | undefined;
}

/** Options whose `code` may be the server's own. */
type OpenCode<Options> = Omit<Options, "code"> & { readonly code?: string | undefined };

// Symbol.for: a guard must recognize the errors of another copy of this package, and of another entry point.
const brand: unique symbol = Symbol.for("@retouch/client/error") as never;

type ErrorName =
  | "RetouchError"
  | "InvalidInputError"
  | "ConfigurationError"
  | "HttpError"
  | "NetworkError"
  | "TimeoutError"
  | "InvalidResponseError";

/**
 * Base class of every error this library throws. An abort is not one: the signal's own reason is thrown unchanged.
 *
 * @example
 * try {
 *   await client.edit(params);
 * } catch (error) {
 *   if (isRetouchError(error) && error.outcome !== "unknown") await tryAgainLater();
 *   else throw error;
 * }
 */
export class RetouchError extends Error {
  /** Whether the server may have billed this edit; read it before you retry. */
  readonly outcome: Outcome;
  /** A stable code to branch on: the server's own `code` if it sent one, otherwise one of {@link RetouchCode}. */
  readonly code: RetouchCode | (string & {});
  /** The parameters of the message: {@link formatMessage} makes it again with the names of another audience. */
  readonly params: Readonly<Record<string, unknown>> | undefined;
  /** The server's id of this call, if it sent one. */
  readonly requestId: string | undefined;
  /** The idempotency key that was sent on every attempt, if the call set one. */
  readonly idempotencyKey: string | undefined;
  /** The server's id of the task that it made of this edit, if it did: the image may still come. */
  readonly taskId: string | undefined;
  // Private, so that loggers, which visit every property, find neither bodies nor signed URLs.
  readonly #rawBody: (() => Promise<Uint8Array>) | undefined;
  readonly #images: readonly EditedImage[];

  constructor(message: string, options: RetouchErrorOptions) {
    super(message, { cause: sanitizeCause(options.cause) });
    this.outcome = options.outcome;
    this.code = options.code ?? "error";
    this.params = options.params;
    this.requestId = options.requestId;
    this.idempotencyKey = options.idempotencyKey;
    this.taskId = options.taskId;
    this.#rawBody = options.rawBody;
    this.#images = options.images ?? [];
    Object.defineProperty(this, "name", { value: this[brand], configurable: true, writable: true });
  }

  /** The name of the class, the same in every copy of this package. */
  get [brand](): ErrorName {
    return "RetouchError";
  }

  /** The complete images of a response that broke off, including the partial images of a stream. */
  get images(): readonly EditedImage[] {
    return this.#images;
  }

  /**
   * Returns the response unchanged, or `undefined` if there was none. It may have been billed if the outcome is
   * `unknown`: save it. It may contain the prompt and signed URLs: do not log it.
   */
  async rawBody(): Promise<Uint8Array | undefined> {
    return this.#rawBody?.();
  }

  /** Returns the fields that are safe to log. */
  toJSON(): Record<string, unknown> {
    const named: Record<string, unknown> = { name: this.name, message: this.message };
    return Object.assign(named, this);
  }
}

/** Error of parameters that the server would reject, with all their problems. Nothing was sent. */
export class InvalidInputError extends RetouchError {
  /** Every error and warning about the parameters, in the order of the form. */
  readonly problems: readonly Problem[];

  constructor({ problems, cause }: { problems: readonly Problem[]; cause?: unknown }) {
    const errors = problems.filter((problem) => problem.severity === "error");
    super(errors.map((problem) => problem.message).join("\n"), {
      cause,
      outcome: "not-sent",
      code: "invalid_input",
    });
    this.problems = problems;
  }

  override get [brand]() {
    return "InvalidInputError" as const;
  }
}

/** Error of client options that cannot work. Nothing was sent. */
export class ConfigurationError extends RetouchError {
  constructor(message: string, options?: Pick<RetouchErrorOptions, "code" | "params" | "cause">) {
    super(message, { code: "configuration", ...options, outcome: "not-sent" });
  }

  override get [brand]() {
    return "ConfigurationError" as const;
  }
}

/** Options of an {@link HttpError}. */
interface HttpErrorOptions extends OpenCode<RetouchErrorOptions> {
  readonly status: number;
  readonly type?: string | undefined;
  readonly param?: string | undefined;
  readonly serverMessage?: string | undefined;
  readonly retryAfterMs?: number | undefined;
}

/** Error of a response whose status is not 2xx: 4xx is `rejected`; 5xx, and a redirect (never followed), is `unknown`. */
export class HttpError extends RetouchError {
  /** The HTTP status of the response. */
  readonly status: number;
  /** The server's `error.type`. */
  readonly type: string | undefined;
  /** The parameter that the server names. */
  readonly param: string | undefined;
  /** The server's message, without control characters, URLs or anything that was sent; at most 300 characters. */
  readonly serverMessage: string | undefined;
  /** The delay that the server asks for before a retry, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: HttpErrorOptions) {
    super(message, options as RetouchErrorOptions);
    this.status = options.status;
    this.type = options.type;
    this.param = options.param;
    this.serverMessage = options.serverMessage;
    this.retryAfterMs = options.retryAfterMs;
  }

  override get [brand]() {
    return "HttpError" as const;
  }
}

/** Error of a failed connection; `outcome` says whether the server can have received a complete request. */
export class NetworkError extends RetouchError {
  override get [brand]() {
    return "NetworkError" as const;
  }
}

/** Error of a call that reached its time limit. */
export class TimeoutError extends RetouchError {
  override get [brand]() {
    return "TimeoutError" as const;
  }
}

/** Error of a response that may have been billed and cannot be used; `rawBody()` returns it. */
export class InvalidResponseError extends RetouchError {
  constructor(message: string, options: OpenCode<RetouchErrorOptions>) {
    super(message, options as RetouchErrorOptions);
  }

  override get [brand]() {
    return "InvalidResponseError" as const;
  }
}

function nameOf(value: unknown): unknown {
  return typeof value === "object" && value !== null && brand in value ? value[brand] : undefined;
}

/** Returns whether `value` is an error of this library, from whichever copy or entry point. */
export function isRetouchError(value: unknown): value is RetouchError {
  return nameOf(value) !== undefined;
}

/** Returns whether `value` is an {@link InvalidInputError}. */
export function isInvalidInputError(value: unknown): value is InvalidInputError {
  return nameOf(value) === "InvalidInputError";
}

/** Returns whether `value` is a {@link ConfigurationError}. */
export function isConfigurationError(value: unknown): value is ConfigurationError {
  return nameOf(value) === "ConfigurationError";
}

/** Returns whether `value` is an {@link HttpError}. */
export function isHttpError(value: unknown): value is HttpError {
  return nameOf(value) === "HttpError";
}

/** Returns whether `value` is a {@link NetworkError}. */
export function isNetworkError(value: unknown): value is NetworkError {
  return nameOf(value) === "NetworkError";
}

/** Returns whether `value` is a {@link TimeoutError}. */
export function isTimeoutError(value: unknown): value is TimeoutError {
  return nameOf(value) === "TimeoutError";
}

/** Returns whether `value` is an {@link InvalidResponseError}. */
export function isInvalidResponseError(value: unknown): value is InvalidResponseError {
  return nameOf(value) === "InvalidResponseError";
}
