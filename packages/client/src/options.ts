import type { Dialect } from "./dialect.ts";
import type { KnownModel } from "./edit-params.ts";
import type { Outcome } from "./errors/errors.ts";
import type { DialectName } from "./generated/dialect-names.gen.ts";
import type { TaskEvent } from "./tasks/task-dialect.ts";
import type { UploadProgress } from "./transport/transport.ts";

/** The argument of `onRequest`. Header values are omitted: any of them may hold a key. */
export interface RequestEvent {
  /** Counts from 1. */
  readonly attempt: number;
  readonly method: "POST";
  readonly model: string | undefined;
  readonly headerNames: readonly string[];
  readonly byteLength: number;
  readonly idempotencyKey: string | undefined;
}

/** The argument of `onResponse`. */
export interface ResponseEvent {
  readonly attempt: number;
  readonly status: number;
  readonly requestId: string | undefined;
  readonly contentType: string | undefined;
  /** From the first byte sent to the response's headers. */
  readonly durationMs: number;
}

/** The argument of `onRetry`. */
export interface RetryEvent {
  /** The attempt that failed, from 1. */
  readonly attempt: number;
  readonly delayMs: number;
  readonly status: number | undefined;
  readonly code: string;
  readonly outcome: Outcome;
  readonly requestId: string | undefined;
}

/** Options of a client. Nothing is read from the environment, except the proxy variables by `@retouch/client/node`. */
export interface ImageClientOptions {
  /** The key, or a function that returns it, called for each edit. Never put a key into a page. */
  readonly apiKey?: string | (() => string | Promise<string>) | undefined;
  /** The server's root, with or without the version, or its complete endpoint. By default the spec's server. */
  readonly baseUrl?: string | undefined;
  /** Replaces the platform's `fetch`, in every entry point. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Headers for every request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Query parameters for every request, as on Azure: `{ "api-version": "..." }`. */
  readonly query?: Readonly<Record<string, string>> | undefined;
  /** The time limit of a call, retries and their waits included, in milliseconds; 600,000 by default. */
  readonly timeoutMs?: number | undefined;
  /** How many times a failure that cannot have been billed is retried; 2 by default. */
  readonly maxRetries?: number | undefined;
  /** The size of the largest response to read, in bytes; 1 GiB by default. */
  readonly maxAnswerBytes?: number | undefined;
  /** How the server differs from the spec: the name of a preset, or the differences. */
  readonly dialect?: Dialect | DialectName | undefined;
  /** The model whose limits apply to a name that the spec does not know, such as a deployment's. */
  readonly limitsLike?: KnownModel | undefined;
  /** Allows a key in a page, as `apiKey` or in `headers`, where every visitor can read it. */
  readonly dangerouslyAllowBrowser?: boolean | undefined;
  /** Allows `http:` beyond loopback, where anyone on the network path can read the key and the images. */
  readonly allowInsecureHttp?: boolean | undefined;
  /** Awaited before each attempt sends its first byte. If it throws, nothing is sent. */
  readonly onRequest?: ((event: RequestEvent) => void | Promise<void>) | undefined;
  /** Called with the status and headers of each response. Errors it throws are ignored: the edit was billed. */
  readonly onResponse?: ((event: ResponseEvent) => void | Promise<void>) | undefined;
  /** Called before the wait for each retry. Errors it throws are ignored. */
  readonly onRetry?: ((event: RetryEvent) => void | Promise<void>) | undefined;
  /**
   * Awaited when the server has made a task of an edit, before its first poll: what it stores, `resume` of
   * `@retouch/client/node` continues with. Errors it throws are ignored: the edit may be billed.
   */
  readonly onTask?: ((event: TaskEvent) => void | Promise<void>) | undefined;
}

/** Options of one edit. */
export interface EditOptions {
  /** Aborts the call, which throws the signal's own reason. An edit that was sent may still be billed. */
  readonly signal?: AbortSignal | undefined;
  /** The time limit of this call, in milliseconds. */
  readonly timeoutMs?: number | undefined;
  /** How many times a failure of this call that cannot have been billed is retried. */
  readonly maxRetries?: number | undefined;
  /** The size of the largest response to this call, in bytes. */
  readonly maxAnswerBytes?: number | undefined;
  /** Headers for this call. They override the client's. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Sent as `idempotency-key` with every attempt, and part of every error. Not sent by default. */
  readonly idempotencyKey?: string | undefined;
  /** Awaited, after the client's own, before each attempt of this call sends its first byte. An abort until then sends nothing. */
  readonly onRequest?: ((event: RequestEvent) => void | Promise<void>) | undefined;
  /** Awaited, after the client's own, before the first poll of this call's task. */
  readonly onTask?: ((event: TaskEvent) => void | Promise<void>) | undefined;
  /** Called with how much of the form was sent. An entry point that cannot measure it calls it once, at the end. */
  readonly onUploadProgress?: ((progress: UploadProgress) => void) | undefined;
}
