import type { Redact } from "../create-redactor.ts";
import { HttpError, type Outcome } from "../errors.ts";
import { readRequestId } from "../request-id.ts";
import { readServerWords } from "../server-words.ts";
import type { TransportResponse } from "../transport.ts";
import { readRetryAfterMs } from "./retry-policy.ts";

/** What one edit knows about itself when it has to describe its failure. */
export interface FailureContext {
  readonly redact: Redact;
  readonly idempotencyKey: string | undefined;
  /** `POST /v1/images/edits`, or `The proxy`. */
  readonly label: string;
  /** Trusts `x-retouch-outcome`, because the answer is a proxy's of ours. */
  readonly isProxy: boolean;
}

/** Makes an error of an answer that is no success, and of as much of its body as was read. */
export function describeHttpFailure(
  { status, headers }: TransportResponse,
  body: Uint8Array,
  { redact, idempotencyKey, label, isProxy }: FailureContext,
): HttpError {
  const words = readServerWords(parse(body), redact);
  const proxyOutcome = isProxy ? readOutcome(headers.get("x-retouch-outcome")) : undefined;
  const outcome = proxyOutcome ?? outcomeOf(status);
  const retryAfterMs = readRetryAfterMs(headers, Date.now());
  const requestId = redact(readRequestId(headers) ?? words.requestId ?? "") || undefined;
  const said = words.message?.replace(/\.$/, "");
  // Our proxy speaks in whole sentences: it quotes upstream in them, and may say what was billed.
  const own = proxyOutcome === undefined ? undefined : said;
  const quoted = own === undefined && said !== undefined ? `: "${said}"` : "";
  const billed = outcome === "unknown" ? "The server may have billed this edit." : "Nothing was billed.";
  const sentences = [
    `${label} answered ${status}${words.code ? ` (${words.code})` : ""}${quoted}.`,
    own !== undefined && `${own}.`,
    !/\bbilled\b/.test(own ?? "") && billed,
    mend({ status, outcome, code: words.code, isProxy }, retryAfterMs),
    requestId && `Request id: ${requestId}.`,
  ];
  return new HttpError(sentences.filter(Boolean).join(" "), {
    outcome,
    status,
    code: words.code ?? `http_${status}`,
    type: words.type,
    param: words.param,
    serverMessage: words.message,
    retryAfterMs,
    requestId,
    idempotencyKey,
    rawBody: async () => body,
  });
}

// A redirect is `unknown`: 303 says that the server has done the work, and no other status says that it has not.
function outcomeOf(status: number): Outcome {
  return status >= 400 && status < 500 ? "rejected" : "unknown";
}

function readOutcome(value: string | null): Outcome | undefined {
  return value === "not-sent" || value === "rejected" || value === "unknown" ? value : undefined;
}

function mend(
  {
    status,
    outcome,
    code,
    isProxy,
  }: { status: number; outcome: Outcome; code?: string | undefined; isProxy: boolean },
  retryAfterMs: number | undefined,
): string | undefined {
  if (code && /quota|billing/.test(code)) return "Add credit or raise the quota: waiting does not help.";
  if (retryAfterMs !== undefined) return `Retry after ${Math.ceil(retryAfterMs / 1000)} s.`;
  if (status === 413) return "Send fewer or smaller pictures.";
  if (status < 400)
    return "A redirect is not followed, because it would take the key elsewhere: give the final address.";
  if (outcome === "unknown") return "Look it up at the provider before sending it again.";
  if (status === 401 && !isProxy) return "Check `apiKey`, and that it belongs to `baseUrl`.";
  return status === 404 && !isProxy ? "Check `baseUrl` and `model`." : undefined;
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    // HTML of a gateway, or a body that was cut: the status says all that can be told.
    return undefined;
  }
}
