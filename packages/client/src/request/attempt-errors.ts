import {
  HttpError,
  isRetouchError,
  NetworkError,
  type Outcome,
  type RetouchError,
  type RetouchErrorOptions,
  TimeoutError,
} from "../errors/errors.ts";
import {
  formatFailure,
  formatHttp,
  type NetworkParams,
  type TimeoutParams,
} from "../errors/failure-messages.ts";
import { codeNames } from "../errors/message-names.ts";
import type { Redact } from "../errors/sanitize-text.ts";
import { parseServerError, readRequestId } from "../errors/server-error.ts";
import { type Delivery, TransportFailure, type TransportResponse } from "../transport/transport.ts";
import { readRetryAfterMs } from "./retry-policy.ts";

/** The properties that the errors of one edit share. */
export interface ErrorContext {
  readonly redact: Redact;
  readonly idempotencyKey: string | undefined;
  /** `POST /v1/images/edits`, or `The proxy`. */
  readonly label: string;
  /** Whether `x-retouch-outcome` is trusted, because the response comes from an image-edit proxy. */
  readonly isProxy: boolean;
}

/** The parts of an incomplete response that its error retains. */
export type PartialResponse = Pick<
  RetouchErrorOptions,
  "requestId" | "idempotencyKey" | "rawBody" | "images"
>;

/** Returns the error of a response whose status is not 2xx; `body` is as much of its body as was read. */
export function toHttpError(
  { status, headers }: TransportResponse,
  body: Uint8Array,
  { redact, idempotencyKey, label, isProxy }: ErrorContext,
): HttpError {
  const server = parseServerError(parseJson(body), redact);
  const proxyOutcome = isProxy ? readOutcome(headers.get("x-retouch-outcome")) : undefined;
  const facts = {
    outcome: proxyOutcome ?? outcomeOf(status),
    status,
    code: server.code ?? `http_${status}`,
    serverMessage: server.message,
    retryAfterMs: readRetryAfterMs(headers, Date.now()),
    requestId: redact(readRequestId(headers) ?? server.requestId ?? "") || undefined,
    // An image-edit proxy sends full sentences: they quote upstream, and may say what was billed.
    params: { label, isProxy, isProxyMessage: proxyOutcome !== undefined && server.message !== undefined },
  };
  return new HttpError(formatHttp(facts, codeNames), {
    ...facts,
    type: server.type,
    param: server.param,
    idempotencyKey,
    rawBody: async () => body,
  });
}

/** Returns the error of an attempt without a usable response. A `RetouchError` is returned as it is. */
export function toNetworkError(
  error: unknown,
  { idempotencyKey }: ErrorContext,
  partial?: PartialResponse,
): RetouchError {
  if (isRetouchError(error)) return error;
  const failure = error instanceof TransportFailure ? error : undefined;
  const outcome = outcomeOfDelivery(failure?.delivery ?? "possible");
  const code = failure?.code ?? "connection_failed";
  const params: NetworkParams = {
    summary: failure?.message ?? "The connection failed before a response arrived.",
    outcome,
    requestId: partial?.requestId,
    tlsOption: failure?.tlsOption,
  };
  return new NetworkError(formatFailure(code, params, codeNames), {
    ...partial,
    outcome,
    code,
    params: { ...params },
    cause: failure?.cause ?? error,
    idempotencyKey,
  });
}

/** Returns the error of a call that reached its time limit. */
export function toTimeoutError(
  timeoutMs: number,
  delivery: Delivery,
  partial: PartialResponse,
): TimeoutError {
  const outcome = outcomeOfDelivery(delivery);
  const params: TimeoutParams = { timeoutMs, outcome, requestId: partial.requestId };
  const message = formatFailure("timeout", params, codeNames);
  return new TimeoutError(message, { ...partial, outcome, code: "timeout", params: { ...params } });
}

function outcomeOfDelivery(delivery: Delivery): Outcome {
  return delivery === "possible" ? "unknown" : "not-sent";
}

// A redirect is `unknown`: 303 says that the server has done the work, and no other 3xx says that it has not.
function outcomeOf(status: number): Outcome {
  return status >= 400 && status < 500 ? "rejected" : "unknown";
}

function readOutcome(value: string | null): Outcome | undefined {
  return value === "not-sent" || value === "rejected" || value === "unknown" ? value : undefined;
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    // HTML of a gateway, or a body that was cut: only the status counts.
    return undefined;
  }
}
