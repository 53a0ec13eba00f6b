import {
  HttpError,
  isRetouchError,
  NetworkError,
  type Outcome,
  type RetouchError,
  type RetouchErrorOptions,
  TimeoutError,
} from "../errors/errors.ts";
import { formatFailure, type NetworkParams, type TimeoutParams } from "../errors/failure-messages.ts";
import { formatHttp } from "../errors/http-messages.ts";
import { codeNames } from "../errors/message-names.ts";
import type { Redact } from "../errors/redactor.ts";
import { sanitizeText } from "../errors/sanitize-text.ts";
import { parseServerError, readRequestId } from "../errors/server-error.ts";
import { type Delivery, TransportFailure, type TransportResponse } from "../transport/transport.ts";
import { readRetryAfterMs } from "./retry-after.ts";

/** The properties that the errors of one edit share. */
export interface ErrorContext {
  readonly redact: Redact;
  readonly idempotencyKey: string | undefined;
  /** `POST /v1/images/edits`, or `The proxy`. */
  readonly label: string;
  /** Whether `x-retouch-outcome` is trusted, because the response comes from an image-edit proxy. */
  readonly isProxy: boolean;
  /** The URL that the form was posted to, by which a relative redirect is resolved. */
  readonly url: string;
  /** The task that is polled: what its server responds says nothing about the edit, which may be billed. */
  readonly taskId?: string | undefined;
}

/** The parts of an incomplete response that its error retains. */
export type PartialResponse = Pick<
  RetouchErrorOptions,
  "requestId" | "taskId" | "idempotencyKey" | "rawBody" | "images"
>;

/** Returns the error of a response whose status is not 2xx; `body` is as much of its body as was read. */
export function toHttpError(
  { status, headers }: TransportResponse,
  body: Uint8Array,
  { redact, idempotencyKey, label, isProxy, url, taskId: polledTask }: ErrorContext,
): HttpError {
  const server = parseServerError(parseJson(body), redact);
  const proxyOutcome = isProxy ? readOutcome(headers.get("x-retouch-outcome")) : undefined;
  const proxyTask = isProxy ? sanitizeText(redact(headers.get("x-retouch-task") ?? ""), 200) : undefined;
  const taskId = polledTask ?? proxyTask;
  const outcome = polledTask === undefined ? (proxyOutcome ?? outcomeOf(status)) : "unknown";
  const target = status < 400 ? redirectTarget(headers.get("location"), url) : undefined;
  const facts = {
    outcome,
    status,
    code: server.code ?? `http_${status}`,
    serverMessage: server.message,
    retryAfterMs: readRetryAfterMs(headers, Date.now(), status),
    requestId: redact(readRequestId(headers) ?? server.requestId ?? "") || undefined,
    // An image-edit proxy sends full sentences: they quote upstream, and may say what was billed.
    params: {
      label,
      isProxy,
      isProxyMessage: proxyOutcome !== undefined && server.message !== undefined,
      redirectTarget: target && redact(target),
      taskId,
    },
  };
  return new HttpError(formatHttp(facts, codeNames), {
    ...facts,
    type: server.type,
    param: server.param,
    taskId,
    idempotencyKey,
    rawBody: async () => body,
  });
}

/** Returns the error of an attempt without a usable response. A `RetouchError` is returned as it is. */
export function toNetworkError(
  error: unknown,
  { idempotencyKey, isProxy }: ErrorContext,
  partial?: PartialResponse,
): RetouchError {
  if (isRetouchError(error)) return error;
  const failure = error instanceof TransportFailure ? error : undefined;
  const outcome = outcomeOfDelivery(failure?.delivery ?? "possible");
  const code = failure?.code ?? "connection_failed";
  const params: NetworkParams = {
    summary: failure?.message ?? "The connection failed before a response arrived.",
    outcome,
    ...(isProxy && { isProxy }),
    requestId: partial?.requestId,
    taskId: partial?.taskId,
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
  const { requestId, taskId } = partial;
  const params: TimeoutParams = { timeoutMs, outcome, requestId, taskId };
  const message = formatFailure("timeout", params, codeNames);
  return new TimeoutError(message, { ...partial, outcome, code: "timeout", params: { ...params } });
}

function outcomeOfDelivery(delivery: Delivery): Outcome {
  return delivery === "possible" ? "unknown" : "not-sent";
}

// 307 and 308 ask for the same form at another URL (RFC 9110, 15.4): it was not processed. 303 says that the server
// has done the work, and clients turn 301 and 302 into the same.
function outcomeOf(status: number): Outcome {
  const isRejected = (status >= 400 && status < 500) || status === 307 || status === 308;
  return isRejected ? "rejected" : "unknown";
}

/** Returns where a redirect leads: origin and path only, because the rest can be a secret. */
function redirectTarget(location: string | null, url: string): string | undefined {
  if (!location || !URL.canParse(location, url)) return undefined;
  const { protocol, origin, pathname } = new URL(location, url);
  return /^https?:$/.test(protocol) ? `${origin}${pathname}`.slice(0, 300) : undefined;
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
