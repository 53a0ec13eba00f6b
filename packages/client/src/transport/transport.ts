import { sanitizeCause } from "../errors/sanitize-cause.ts";
import type { RequestBody } from "./request-body.ts";

/** Upload progress, in bytes of the complete form. */
export interface UploadProgress {
  readonly loadedBytes: number;
  readonly totalBytes: number;
}

/** One attempt, ready to send. `headers` includes `authorization` and the body's `content-type`. */
export interface TransportRequest {
  /** `POST` by default; `GET` asks for the state of a task, and its body is empty. */
  readonly method?: "GET" | "POST" | undefined;
  /** The complete URL, with its query. */
  readonly url: string;
  /** All headers, the key among them: never log them. */
  readonly headers: Readonly<Record<string, string>>;
  /** The form, or JSON, with its length. */
  readonly body: RequestBody;
  /** Aborts when the caller does, or when time is up. */
  readonly signal: AbortSignal;
  /** Called while the body is sent. */
  readonly onUploadProgress?: ((progress: UploadProgress) => void) | undefined;
  /**
   * Called whenever the server may have received more of the request: `none` at first, then `incomplete`, then
   * `possible`. An abort or a timeout then has the same information as a {@link TransportFailure}. A transport that
   * cannot determine this never calls it.
   */
  readonly onDelivery?: ((delivery: Delivery) => void) | undefined;
}

/** A response: its head immediately, its body as it arrives. Ending the iteration early closes the connection. */
export interface TransportResponse {
  readonly status: number;
  readonly statusText: string;
  readonly headers: {
    get(name: string): string | null;
    /** Visits all of them, if the platform lists them; names are in lower case. */
    forEach?(visit: (value: string, name: string) => void): void;
  };
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * A function that sends one request once and resolves with the head of its response. It never retries and never
 * follows a redirect. It rejects with `signal.reason` when the signal aborts, and with the form's own error when an
 * image cannot be read. For anything else it rejects with a {@link TransportFailure}, also while the body is read.
 */
export type Transport = (request: TransportRequest) => Promise<TransportResponse>;

/**
 * How much of the request the server may have received: `none` (no connection), `incomplete` (its last byte was
 * never sent), `possible` (all of it, or unknown). The first two lead to the outcome `not-sent`.
 */
export type Delivery = "none" | "incomplete" | "possible";

/**
 * The kind of failure. `headers_timeout` is the runtime's own limit (Node's `fetch`: 300 s). `bad_response` is a
 * response that is not HTTP or ends early.
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
 * Error of an attempt without a usable response; the retry loop converts it to a `NetworkError` or `TimeoutError`.
 * Its message says what was seen; `NetworkError` adds what to do. Like its `cause`, it contains no keys, URLs or bodies.
 */
export class TransportFailure extends Error {
  override readonly name = "TransportFailure";
  readonly delivery: Delivery;
  /** A stable code to branch on; the resulting public error has the same `code`. */
  readonly code: TransportFailureCode;
  /** The option of this transport for certificates, if a handshake failed. */
  readonly tlsOption: string | undefined;

  constructor(
    message: string,
    options: {
      delivery: Delivery;
      code?: TransportFailureCode | undefined;
      cause?: unknown;
      tlsOption?: string | undefined;
    },
  ) {
    super(message, { cause: sanitizeCause(options.cause) });
    this.delivery = options.delivery;
    this.code = options.code ?? "connection_failed";
    this.tlsOption = options.tlsOption;
  }
}
