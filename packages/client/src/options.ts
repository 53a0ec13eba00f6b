import type { Outcome } from "./errors/errors.ts";
import type { UploadProgress } from "./transport/transport.ts";

/** Tells how a server speaks where servers differ. */
export interface Dialect {
  /** The part's name for pictures. By default one picture is `image` and several are `image[]`. */
  readonly imageField?: string | undefined;
  /** The path after the base URL when it is not `/v1/images/edits`, as on Azure: `/images/edits`. */
  readonly path?: string | undefined;
}

/** What `onRequest` is told. Values of headers are left out: a key can be in any of them. */
export interface RequestEvent {
  /** Counts from 1. */
  readonly attempt: number;
  readonly method: "POST";
  readonly model: string | undefined;
  readonly headerNames: readonly string[];
  readonly byteLength: number;
  readonly idempotencyKey: string | undefined;
}

/** What `onResponse` is told. */
export interface ResponseEvent {
  readonly attempt: number;
  readonly status: number;
  readonly requestId: string | undefined;
  readonly contentType: string | undefined;
  /** From the first byte sent to the head of the answer. */
  readonly durationMs: number;
}

/** What `onRetry` is told before the client sleeps. */
export interface RetryEvent {
  /** The attempt that failed, from 1. */
  readonly attempt: number;
  readonly delayMs: number;
  readonly status: number | undefined;
  readonly code: string;
  readonly outcome: Outcome;
  readonly requestId: string | undefined;
}

/** Configures a client. Nothing is read from the environment, save the proxy variables by `@retouch/client/node`. */
export interface ImageClientOptions {
  /** The key, or a function that gives it for each call. Never put one into a page. */
  readonly apiKey?: string | (() => string | Promise<string>) | undefined;
  /** The server's root, with or without `/v1`. By default the spec's server. */
  readonly baseUrl?: string | undefined;
  /** Replaces the platform's `fetch`, in every entry point. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Headers for every request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Query parameters for every request, as on Azure: `{ "api-version": "..." }`. */
  readonly query?: Readonly<Record<string, string>> | undefined;
  /** The limit of a whole call, retries and their waits included, in milliseconds; 600,000 by default. */
  readonly timeoutMs?: number | undefined;
  /** How often a failure that can not have been billed is tried again; 2 by default. */
  readonly maxRetries?: number | undefined;
  /** The largest response to read, in bytes; 1 GiB by default. */
  readonly maxAnswerBytes?: number | undefined;
  readonly dialect?: Dialect | undefined;
  /** Allows a key in a page, as `apiKey` or in `headers`, where every visitor can read it. */
  readonly dangerouslyAllowBrowser?: boolean | undefined;
  /** Allows `http:` beyond loopback, where everyone on the way can read the key and the pictures. */
  readonly allowInsecureHttp?: boolean | undefined;
  /** Is awaited before the first byte of each attempt leaves; when it throws, nothing is sent. */
  readonly onRequest?: ((event: RequestEvent) => void | Promise<void>) | undefined;
  /** Is told of each answer's head. What it throws is ignored: the answer was paid for. */
  readonly onResponse?: ((event: ResponseEvent) => void | Promise<void>) | undefined;
  /** Is told before each wait for another attempt. What it throws is ignored. */
  readonly onRetry?: ((event: RetryEvent) => void | Promise<void>) | undefined;
}

/** Configures one edit. */
export interface EditOptions {
  /** Aborts the call; what it throws is the signal's own reason. An edit that was sent may still be billed. */
  readonly signal?: AbortSignal | undefined;
  /** The limit of this call in milliseconds. */
  readonly timeoutMs?: number | undefined;
  readonly maxRetries?: number | undefined;
  readonly maxAnswerBytes?: number | undefined;
  /** Headers for this call, over the client's. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Is sent as `idempotency-key` on every attempt and told on every error; off by default. */
  readonly idempotencyKey?: string | undefined;
  /** Is awaited before the first byte of each attempt of this call leaves, after the client's own; an abort until then sends nothing. */
  readonly onRequest?: ((event: RequestEvent) => void | Promise<void>) | undefined;
  /** Is told how much of the form has left. Without an entry point that can tell, it is called once at the end. */
  readonly onUploadProgress?: ((progress: UploadProgress) => void) | undefined;
}
