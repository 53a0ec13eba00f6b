import {
  HttpError,
  isRetouchError,
  NetworkError,
  type Outcome,
  type RetouchError,
  type RetouchErrorOptions,
  TimeoutError,
} from "../errors/errors.ts";
import type { Redact } from "../errors/sanitize-text.ts";
import { parseServerError } from "../errors/server-error.ts";
import { readRequestId } from "../transport/response-headers.ts";
import { type Delivery, TransportFailure, type TransportResponse } from "../transport/transport.ts";
import { readRetryAfterMs } from "./retry-after.ts";

/** What the errors of one edit have in common. */
export interface ErrorContext {
  readonly redact: Redact;
  readonly idempotencyKey: string | undefined;
  /** `POST /v1/images/edits`, or `The proxy`. */
  readonly label: string;
  /** Whether `x-retouch-outcome` is trusted, because the response comes from an image-edit proxy. */
  readonly isProxy: boolean;
  /** The URL that the form was posted to, by which a relative redirect is resolved. */
  readonly url: string;
}

/** What an error keeps of a response that broke off. */
export type PartialResponse = Pick<
  RetouchErrorOptions,
  "requestId" | "idempotencyKey" | "rawBody" | "images"
>;

/** Returns the error of a response whose status is not 2xx; `body` is as much of its body as was read. */
export function toHttpError(
  { status, headers }: TransportResponse,
  body: Uint8Array,
  { redact, idempotencyKey, label, isProxy, url }: ErrorContext,
): HttpError {
  const server = parseServerError(parseJson(body), redact);
  const proxyOutcome = isProxy ? readOutcome(headers.get("x-retouch-outcome")) : undefined;
  const outcome = proxyOutcome ?? outcomeOf(status);
  const retryAfterMs = readRetryAfterMs(headers, Date.now(), status);
  const target = status < 400 ? redirectTarget(headers.get("location"), url) : undefined;
  const requestId = redact(readRequestId(headers) ?? server.requestId ?? "") || undefined;
  const serverMessage = server.message?.replace(/\.$/, "");
  // An image-edit proxy sends full sentences: they quote upstream, and may say what was billed.
  const proxyMessage = proxyOutcome === undefined ? undefined : serverMessage;
  const quoted = proxyMessage === undefined && serverMessage !== undefined ? `: "${serverMessage}"` : "";
  const billed = outcome === "unknown" ? "This edit may have been billed." : "Nothing was billed.";
  const sentences = [
    `${label} answered ${status}${server.code ? ` (${server.code})` : ""}${quoted}.`,
    proxyMessage !== undefined && `${proxyMessage}.`,
    !/\bbilled\b/.test(proxyMessage ?? "") && billed,
    hintFor({ status, outcome, code: server.code, isProxy, retryAfterMs, target: target && redact(target) }),
    requestId && `Request id: ${requestId}.`,
  ];
  return new HttpError(sentences.filter(Boolean).join(" "), {
    outcome,
    status,
    code: server.code ?? `http_${status}`,
    type: server.type,
    param: server.param,
    serverMessage: server.message,
    retryAfterMs,
    requestId,
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
  const isSent = (failure?.delivery ?? "possible") === "possible";
  const message = failure?.message ?? "The connection failed before a response arrived.";
  return new NetworkError(`${message} ${outcomeSentence(isSent, partial?.requestId)}`, {
    ...partial,
    outcome: isSent ? "unknown" : "not-sent",
    code: failure?.code ?? "connection_failed",
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
  const isSent = delivery === "possible";
  return new TimeoutError(
    `Timed out after ${timeoutMs / 1000} s. ${outcomeSentence(isSent, partial.requestId)} Raise \`timeoutMs\` to wait longer.`,
    { ...partial, outcome: isSent ? "unknown" : "not-sent", code: "timeout" },
  );
}

function outcomeSentence(isSent: boolean, requestId: string | undefined): string {
  if (!isSent) return "Nothing was billed: the server has no complete request.";
  const lookUp = requestId ? `look up request id ${requestId}` : "check with the provider";
  return `This edit may have been billed: ${lookUp} before you retry.`;
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

function hintFor({
  status,
  outcome,
  code,
  isProxy,
  retryAfterMs,
  target,
}: Pick<HttpError, "status" | "outcome" | "retryAfterMs"> & {
  code: string | undefined;
  isProxy: boolean;
  target: string | undefined;
}): string | undefined {
  if (code && /quota|billing/.test(code)) return "Add credit or raise the quota: waiting does not help.";
  if (retryAfterMs !== undefined) return `Retry after ${Math.ceil(retryAfterMs / 1000)} s.`;
  if (status === 413) return "Send fewer or smaller images.";
  if (status < 400) {
    const leads = target === undefined ? "Redirects" : `It redirects to ${target}. Redirects`;
    return `${leads} are not followed: they could send the key elsewhere. Set \`${isProxy ? "url" : "baseUrl"}\` to the final URL.`;
  }
  if (outcome === "unknown") return "Check with the provider before you retry.";
  if (status === 401 && !isProxy) return "Check `apiKey`, and that it belongs to `baseUrl`.";
  return status === 404 && !isProxy ? "Check `baseUrl` and `model`." : undefined;
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    // HTML of a gateway, or a body that was cut: only the status counts.
    return undefined;
  }
}
