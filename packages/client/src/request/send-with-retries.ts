import { callHook } from "../async/call-hook.ts";
import type { Deadline } from "../async/deadline.ts";
import { sleep } from "../async/sleep.ts";
import {
  type HttpError,
  isConfigurationError,
  isInvalidInputError,
  type RetouchError,
} from "../errors/errors.ts";
import { sanitizeText } from "../errors/sanitize-text.ts";
import { readRequestId } from "../errors/server-error.ts";
import type { EditOptions, ImageClientOptions, RequestEvent } from "../options.ts";
import type { RequestBody } from "../transport/request-body.ts";
import { readCapped } from "../transport/response-body.ts";
import type { Delivery, Transport, TransportResponse } from "../transport/transport.ts";
import { type ErrorContext, toHttpError, toNetworkError } from "./attempt-errors.ts";
import { decideRetry, readShouldRetry } from "./retry-policy.ts";

/** What is known of a call in progress, which a timeout or an abort reports. */
export interface CallState {
  delivery: Delivery;
  requestId?: string | undefined;
  /** The task that the server made of the edit, and where its result has its images. */
  taskId?: string | undefined;
  resultPath?: string | undefined;
}

/** Everything that the attempts of one edit share. */
export interface SendContext {
  readonly url: string;
  readonly form: RequestBody;
  readonly key: string | undefined;
  readonly keyHeader: string | undefined;
  readonly model: string | undefined;
  readonly transport: Transport;
  readonly options: ImageClientOptions;
  readonly call: EditOptions;
  readonly deadline: Deadline;
  readonly errorContext: ErrorContext;
  /** How much of the current attempt the server can hold, which decides the outcome of a timeout or an abort. */
  readonly state: CallState;
}

export const maxErrorBytes = 1_048_576;
export const maxErrorMs = 5_000;

/**
 * Sends the form and returns the first successful response. Retries only failures that cannot have produced an image.
 *
 * @throws RetouchError of the last attempt, with its outcome
 */
export async function sendWithRetries(context: SendContext): Promise<TransportResponse> {
  const { options, call, deadline } = context;
  readArrived(context);
  for (let attempt = 1; ; attempt++) {
    const { response, error, shouldRetry } = await sendOnce(context, attempt);
    if (response) return response;
    const { outcome, code, requestId, status, type, retryAfterMs }: RetouchError & HttpFields = error;
    const delayMs = decideRetry(
      {
        attempt,
        maxRetries: call.maxRetries ?? options.maxRetries ?? 2,
        remainingMs: deadline.remainingMs(),
        outcome,
        status,
        code,
        type,
        retryAfterMs,
        shouldRetry,
      },
      deadline.runtime.Math.random,
    );
    if (delayMs === undefined) throw error;
    callHook(options.onRetry, { attempt, delayMs, status, code, outcome, requestId });
    await sleep(deadline, delayMs);
  }
}

/** How late a timer is that was not only delayed by other work: the process was stopped, or its machine slept. */
const stoppedMs = 1_000;
/** How long a process that was stopped has for a response that arrived meanwhile. */
const arrivedMs = 5_000;

/**
 * Puts off the end of a call whose process was stopped while it waited for a response. Timers come before the network
 * when it goes on, so a response that arrived meanwhile, and is billed, would be dropped.
 */
function readArrived({ deadline, state }: SendContext): void {
  const { runtime, expire, end } = deadline;
  const { performance } = runtime;
  const endsAt = performance.now() + deadline.remainingMs();
  const expireLater = (): void => {
    if (performance.now() - endsAt < stoppedMs || state.delivery !== "possible") {
      expire();
      return;
    }
    const timer = runtime.setTimeout(expire, arrivedMs);
    deadline.end = () => {
      runtime.clearTimeout(timer);
      end();
    };
  };
  // From a variable: see `onWriteError` of the transport on Node.
  deadline.expire = expireLater;
}

/** The properties that only the error of a response has. */
type HttpFields = Partial<Pick<HttpError, "status" | "type" | "retryAfterMs">>;

type Attempt =
  | { readonly response: TransportResponse; readonly error?: undefined; readonly shouldRetry?: undefined }
  | {
      readonly response?: undefined;
      readonly error: RetouchError;
      readonly shouldRetry?: boolean | undefined;
    };

async function sendOnce(context: SendContext, attempt: number): Promise<Attempt> {
  const { url, form, options, call, deadline, errorContext, state } = context;
  const { signal } = deadline;
  const headers = headersOf(context);
  if (options.onRequest || call.onRequest) {
    const event: RequestEvent = {
      attempt,
      method: "POST",
      model: context.model,
      headerNames: Object.keys(headers),
      byteLength: form.byteLength,
      idempotencyKey: call.idempotencyKey,
    };
    await deadline.race(options.onRequest?.(event));
    await deadline.race(call.onRequest?.(event));
  }
  signal.throwIfAborted();
  const startedAt = performance.now();
  let response: TransportResponse;
  // Until the transport reports otherwise, all of the request may have been sent.
  state.delivery = "possible";
  state.requestId = undefined;
  try {
    const sending = context.transport({
      url,
      headers,
      body: form,
      signal,
      onUploadProgress: call.onUploadProgress && ((progress) => callHook(call.onUploadProgress, progress)),
      onDelivery(delivery) {
        state.delivery = delivery;
      },
    });
    response = await deadline.race(sending);
  } catch (error) {
    // An image that can no longer be read, or a proxy that cannot be used, fails every further attempt too.
    if (signal.aborted || isInvalidInputError(error) || isConfigurationError(error)) throw error;
    state.delivery = "none";
    return { error: toNetworkError(error, errorContext) };
  }
  state.delivery = "possible";
  const requestId = readRequestId(response.headers);
  state.requestId = requestId && errorContext.redact(requestId);
  if (options.onResponse) {
    callHook(options.onResponse, {
      attempt,
      status: response.status,
      requestId: state.requestId,
      contentType: sanitizeText(response.headers.get("content-type"), 80),
      durationMs: performance.now() - startedAt,
    });
  }
  if (response.status >= 200 && response.status < 300) return { response };
  const body = await deadline
    .race(readCapped(response.body, maxErrorBytes, maxErrorMs, deadline.runtime))
    .catch((error) => {
      // The status counts, with or without a body that explains it.
      if (deadline.isOver()) return new Uint8Array();
      throw error;
    });
  const error = toHttpError(response, body, errorContext);
  state.delivery = error.outcome === "unknown" ? "possible" : "none";
  return { error, shouldRetry: readShouldRetry(response.headers) };
}

function headersOf({ form, call, ...context }: SendContext): Readonly<Record<string, string>> {
  const headers = requestHeaders({ ...context, call });
  if (call.idempotencyKey !== undefined) headers["idempotency-key"] = call.idempotencyKey;
  headers["content-type"] = form.contentType;
  return headers;
}

/** Returns the header that holds the key: its own, as on Azure, or a bearer token. */
export function keyHeaders(
  key: string | undefined,
  name = "authorization",
): Readonly<Record<string, string>> {
  if (key === undefined) return {};
  const header = name.toLowerCase();
  return { [header]: header === "authorization" ? `Bearer ${key}` : key };
}

/** Returns the key and the caller's own headers, which every request has. */
export function requestHeaders({
  key,
  keyHeader,
  options,
  call,
}: Pick<SendContext, "key" | "keyHeader" | "options" | "call">): Record<string, string> {
  const headers: Record<string, string> = { ...keyHeaders(key, keyHeader) };
  for (const given of [options.headers, call.headers]) {
    for (const [name, value] of Object.entries(given ?? {})) {
      // In lower case, or both a client's `Authorization` and a call's `authorization` would be sent.
      if (value !== undefined) headers[name.toLowerCase()] = value;
    }
  }
  return headers;
}
