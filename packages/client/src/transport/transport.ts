import { sanitizeCause } from "../errors/sanitize-cause.ts";
import type { MultipartBody } from "./multipart.ts";

/** Counts what has left for the server, in bytes of the whole form. */
export interface UploadProgress {
  readonly loadedBytes: number;
  readonly totalBytes: number;
}

/** One attempt, ready to be sent: `headers` holds `authorization` and the body's own `content-type`. */
export interface TransportRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: MultipartBody;
  readonly signal: AbortSignal;
  readonly onUploadProgress?: ((progress: UploadProgress) => void) | undefined;
  /**
   * Is told each time the server can hold more of the request: `none` at first, then `incomplete`, then `possible`. An
   * abort or a timeout then knows as much as a {@link TransportFailure}. A transport that can not tell never calls it.
   */
  readonly onDelivery?: ((delivery: Delivery) => void) | undefined;
}

/** What came back: the head at once, the body as it arrives. Breaking off the iteration closes the connection. */
export interface TransportResponse {
  readonly status: number;
  readonly statusText: string;
  readonly headers: { get(name: string): string | null };
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * Sends one request once and resolves with the head of its answer. It never retries, never follows a redirect,
 * rejects with `signal.reason` when the signal aborts, with the form's own error when a picture can not be read, and with a
 * {@link TransportFailure} for anything else, while reading the body too.
 */
export type Transport = (request: TransportRequest) => Promise<TransportResponse>;

/**
 * How much of the request the server can hold: `none` (no connection), `incomplete` (its last byte was never
 * handed over), `possible` (all of it, or nobody can tell). The first two make an outcome of `not-sent`.
 */
export type Delivery = "none" | "incomplete" | "possible";

/**
 * Names what broke. `headers_timeout` is the runtime's own limit (Node's fetch: 300 s), `bad_response` an answer that is no HTTP or ends early.
 */
export type TransportFailureCode =
  | "connection_failed"
  | "connection_refused"
  | "connection_reset"
  | "connect_timeout"
  | "host_not_found"
  | "tls_failed"
  | "proxy_failed"
  | "redirected"
  | "headers_timeout"
  | "bad_response"
  | "offline";

/**
 * Reports an attempt that got no usable answer; the one loop turns it into a `NetworkError` or `TimeoutError`. Its
 * message is whole (*What failed: what was seen. What to do.*) and, like its `cause`, free of keys, URLs and bodies.
 */
export class TransportFailure extends Error {
  override readonly name = "TransportFailure";
  readonly delivery: Delivery;
  /** A stable word to branch on, and the `code` of the error that is made of this one. */
  readonly code: TransportFailureCode;

  constructor(
    message: string,
    options: { delivery: Delivery; code?: TransportFailureCode | undefined; cause?: unknown },
  ) {
    super(message, { cause: sanitizeCause(options.cause) });
    this.delivery = options.delivery;
    this.code = options.code ?? "connection_failed";
  }
}
