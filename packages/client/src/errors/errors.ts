import type { EditedImage } from "../edited-image.ts";
import type { RetouchCode } from "./codes.ts";
import { sanitizeCause } from "./sanitize-cause.ts";

/**
 * Tells what the server may have done with the edit that failed.
 *
 * - `not-sent`: the server can not have held a complete request. Nothing was billed.
 * - `rejected`: the server answered 4xx. Nothing was billed.
 * - `unknown`: the server may have made, and billed, the pictures.
 */
export type Outcome = "not-sent" | "rejected" | "unknown";

/** Options of an error of this library; every field is free of keys, prompts, bodies and signed URLs. */
export interface RetouchErrorOptions {
  readonly outcome: Outcome;
  /** A stable code to branch on: see `docs/errors.md`. */
  readonly code?: RetouchCode | undefined;
  /** What went wrong below. Only its name and code are kept: a foreign message can hold a key or a URL. */
  readonly cause?: unknown;
  readonly requestId?: string | undefined;
  readonly idempotencyKey?: string | undefined;
  /** Gives back the server's answer as it came, for the paid answer that could not be understood. */
  readonly rawBody?: (() => Promise<Uint8Array>) | undefined;
  /** The pictures that had arrived whole when the answer broke off: they may have been paid for. */
  readonly images?: readonly EditedImage[] | undefined;
}

/** Describes one thing about the parameters that the server would refuse, or may not do as asked. */
export interface Problem {
  /** `error` stops the edit before a byte is sent; `warning` is told in `result.warnings`. */
  readonly severity: "error" | "warning";
  /** The parameter, by its name in the spec; pictures by their place: `image[1]`. */
  readonly field: string;
  /** A stable code to branch on: `missing`, `too_long`, `not_allowed`, `wrong_size`, ... In a warning, it may be the server's. */
  readonly code: RetouchCode | (string & {});
  /** What was seen, what is allowed and how to mend it, in full sentences. */
  readonly message: string;
}

/** Options whose `code` may be the server's own. */
type OpenCode<Options> = Omit<Options, "code"> & { readonly code?: string | undefined };

// Symbol.for: a guard must know the errors of another copy of this package, and of another entry point.
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
 * Is the parent of every error that this library throws. A user's own abort is not one: it passes through untouched.
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
  /** Tells whether the server may have billed this edit; read it before sending again. */
  readonly outcome: Outcome;
  /** A stable code to branch on: the server's own `code` when it sent one, else one of {@link RetouchCode}. */
  readonly code: RetouchCode | (string & {});
  /** The server's name for this call, when it gave one. */
  readonly requestId: string | undefined;
  /** The key that was sent on every attempt, when the call asked for one. */
  readonly idempotencyKey: string | undefined;
  // Private, so that nothing that walks over an error, as a logger does, finds bodies and signed URLs.
  readonly #rawBody: (() => Promise<Uint8Array>) | undefined;
  readonly #images: readonly EditedImage[];

  constructor(message: string, options: RetouchErrorOptions) {
    super(message, { cause: sanitizeCause(options.cause) });
    this.outcome = options.outcome;
    this.code = options.code ?? "error";
    this.requestId = options.requestId;
    this.idempotencyKey = options.idempotencyKey;
    this.#rawBody = options.rawBody;
    this.#images = options.images ?? [];
    Object.defineProperty(this, "name", { value: this[brand], configurable: true, writable: true });
  }

  /** Names the class across copies of this package. */
  get [brand](): ErrorName {
    return "RetouchError";
  }

  /** The pictures that had arrived whole when the answer broke off, of a stream its previews too. */
  get images(): readonly EditedImage[] {
    return this.#images;
  }

  /**
   * Reads the server's answer as it came, or `undefined` when there was none. It was paid for if the outcome is
   * `unknown`: keep it. It may hold the prompt and signed URLs: do not log it.
   */
  async rawBody(): Promise<Uint8Array | undefined> {
    return this.#rawBody?.();
  }

  /** Gives the fields that are fit for a log. */
  toJSON(): Record<string, unknown> {
    const named: Record<string, unknown> = { name: this.name, message: this.message };
    return Object.assign(named, this);
  }
}

/** Reports parameters that the server would refuse, all in one go. Nothing was sent. */
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

/** Reports client options that can not work. Nothing was sent. */
export class ConfigurationError extends RetouchError {
  constructor(message: string, options?: { code?: RetouchCode; cause?: unknown }) {
    super(message, { code: "configuration", ...options, outcome: "not-sent" });
  }

  override get [brand]() {
    return "ConfigurationError" as const;
  }
}

/** Adds what an HTTP answer tells to {@link RetouchErrorOptions}. */
interface HttpErrorOptions extends OpenCode<RetouchErrorOptions> {
  readonly status: number;
  readonly type?: string | undefined;
  readonly param?: string | undefined;
  readonly serverMessage?: string | undefined;
  readonly retryAfterMs?: number | undefined;
}

/** Reports an answer that is no success: 4xx is `rejected`; 5xx, and a redirect (never followed), is `unknown`. */
export class HttpError extends RetouchError {
  readonly status: number;
  /** The server's `error.type`. */
  readonly type: string | undefined;
  /** The parameter that the server names. */
  readonly param: string | undefined;
  /** The server's words, without control characters, URLs or anything that was sent; at most 300 characters. */
  readonly serverMessage: string | undefined;
  /** How long the server asks to wait, in milliseconds. */
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

/** Reports a connection that failed; `outcome` tells whether the server can hold a complete request. */
export class NetworkError extends RetouchError {
  override get [brand]() {
    return "NetworkError" as const;
  }
}

/** Reports that a time limit cut the call. */
export class TimeoutError extends RetouchError {
  override get [brand]() {
    return "TimeoutError" as const;
  }
}

/** Reports an answer that was paid for and can not be used; `rawBody()` gives it back. */
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

/** Tells whether `value` is an error of this library, from whichever copy or entry point. */
export function isRetouchError(value: unknown): value is RetouchError {
  return nameOf(value) !== undefined;
}

/** Tells whether `value` is an {@link InvalidInputError}. */
export function isInvalidInputError(value: unknown): value is InvalidInputError {
  return nameOf(value) === "InvalidInputError";
}

/** Tells whether `value` is a {@link ConfigurationError}. */
export function isConfigurationError(value: unknown): value is ConfigurationError {
  return nameOf(value) === "ConfigurationError";
}

/** Tells whether `value` is an {@link HttpError}. */
export function isHttpError(value: unknown): value is HttpError {
  return nameOf(value) === "HttpError";
}

/** Tells whether `value` is a {@link NetworkError}. */
export function isNetworkError(value: unknown): value is NetworkError {
  return nameOf(value) === "NetworkError";
}

/** Tells whether `value` is a {@link TimeoutError}. */
export function isTimeoutError(value: unknown): value is TimeoutError {
  return nameOf(value) === "TimeoutError";
}

/** Tells whether `value` is an {@link InvalidResponseError}. */
export function isInvalidResponseError(value: unknown): value is InvalidResponseError {
  return nameOf(value) === "InvalidResponseError";
}

/** Says that the picture of a field can not be opened or read; nothing was sent. `message` goes on after the field. */
export function invalidImage(
  field: string,
  code: RetouchCode,
  message: string,
  cause?: unknown,
): InvalidInputError {
  const problem = { severity: "error", field, code, message: `\`${field}\` ${message}` } as const;
  return new InvalidInputError({ problems: [problem], cause });
}
