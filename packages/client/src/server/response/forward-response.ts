import { parseServerError, requestIdNames } from "../../errors/server-error.ts";
import { beginningOf, signatureBytes } from "../../media/format.ts";
import { svgRootOf } from "../../media/svg.ts";
import { readRetryAfterMs } from "../../request/retry-after.ts";
import { joinParts } from "../../response/salvage.ts";
import { readCapped } from "../../transport/response-body.ts";
import type { TransportResponse } from "../../transport/transport.ts";
import { ProxyError, redirected } from "../proxy-error.ts";
import type { UpstreamRedactor } from "./redact-upstream.ts";

/** The response headers that are forwarded, each with the only format it may have. */
const forwardedHeaders: Readonly<Record<string, (value: string) => string | undefined>> = {
  "retry-after": (value) => (number.test(value) ? value : dateOf(value)),
  "retry-after-ms": (value) => (number.test(value) ? value : undefined),
  "x-should-retry": (value) => (/^(?:true|false)$/.test(value) ? value : undefined),
};
const number = /^\d{1,9}(?:\.\d{1,3})?$/;
const maxErrorBytes = 65_536;
const maxErrorMs = 10_000;

/** Returns the response headers that are forwarded to the page: numbers, dates, flags and an id, without secrets. */
export function responseHeaders(
  upstream: TransportResponse,
  upstreamRedactor: UpstreamRedactor,
): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, read] of Object.entries(forwardedHeaders)) {
    const value = read(upstream.headers.get(name)?.trim() ?? "");
    if (value !== undefined && !upstreamRedactor.reveals(value)) headers[name] = value;
  }
  // The page sees one header, whichever of them upstream sent.
  const waitMs = readRetryAfterMs(upstream.headers, Date.now(), upstream.status);
  const waitText = waitMs === undefined ? undefined : String(Math.ceil(waitMs));
  const hasWait = headers["retry-after"] !== undefined || headers["retry-after-ms"] !== undefined;
  if (!hasWait && waitText !== undefined && !upstreamRedactor.reveals(waitText))
    headers["retry-after-ms"] = waitText;
  const requestId = requestIdNames.map((name) => upstream.headers.get(name)?.trim()).find(Boolean);
  if (requestId !== undefined && /^[\w.:-]{1,128}$/.test(requestId) && !upstreamRedactor.reveals(requestId))
    headers["x-request-id"] = requestId;
  return headers;
}

/** Parses an HTTP date (RFC 9110, 5.6.7) and formats it again. */
function dateOf(value: string): string | undefined {
  if (!/^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/.test(value)) return undefined;
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? undefined : date.toUTCString();
}

/** Returns the media type to forward: bytes that no browser renders, unless the response is JSON or events. */
export function responseType(upstream: TransportResponse): string {
  const type = upstream.headers.get("content-type")?.toLowerCase() ?? "";
  if (type.startsWith("text/event-stream")) return "text/event-stream; charset=utf-8";
  return /^application\/(\w+\+)?json\b/.test(type) ? "application/json" : "application/octet-stream";
}

/**
 * Returns the chunks of a response, unless it is a gateway's HTML page, which names hosts and contains no image. Only
 * bodies not declared as JSON or events are inspected, because some servers declare their JSON as HTML. An SVG is an
 * image.
 *
 * @throws ProxyError (`unknown`) for HTML or XML
 */
export async function rejectHtml(
  upstream: TransportResponse,
  headers: Record<string, string>,
): Promise<AsyncIterator<Uint8Array>> {
  const chunks = upstream.body[Symbol.asyncIterator]();
  if (responseType(upstream) !== "application/octet-stream") return chunks;
  const seen: Uint8Array[] = [];
  let beginning = "";
  const isUndecided = (): boolean =>
    beginning === "" ? seen.length < 16 : beginning.startsWith("<") && beginning.length < signatureBytes;
  while (isUndecided()) {
    const { done, value } = await chunks.next();
    if (done) break;
    seen.push(value);
    beginning = beginningOf(joinParts(seen), signatureBytes);
  }
  if (beginning.startsWith("<") && !isSvg(beginning, upstream)) {
    await chunks.return?.();
    const message = "Upstream sent an HTML page instead of images. It may have billed this edit.";
    throw new ProxyError(502, "upstream_page", message, { outcome: "unknown", headers });
  }
  return {
    next: async () => {
      const value = seen.shift();
      return value ? { done: false, value } : chunks.next();
    },
    return: async () => (await chunks.return?.()) ?? { done: true, value: undefined },
  };
}

/** Returns whether markup is an SVG: by its root, or by its type when the root comes late. */
function isSvg(beginning: string, { headers }: TransportResponse): boolean {
  if (svgRootOf(beginning) !== undefined) return true;
  return beginning.startsWith("<?xml") && /^image\/svg\+xml\b/i.test(headers.get("content-type") ?? "");
}

/**
 * Returns the error for an unsuccessful response of upstream. Its code, type, parameter and message are forwarded without
 * key, prompt, addresses and HTML. Nothing about the proxy's key is forwarded.
 */
export async function toUpstreamError(
  upstream: TransportResponse,
  upstreamRedactor: UpstreamRedactor,
): Promise<ProxyError> {
  const { status } = upstream;
  const headers = responseHeaders(upstream, upstreamRedactor);
  const body = await readCapped(upstream.body, maxErrorBytes, maxErrorMs);
  if (status === 401 || status === 403) {
    const message =
      "Upstream rejected this server's key or account. Nothing was billed. See the server's log.";
    return new ProxyError(502, "upstream_rejected_key", message, { outcome: "rejected", headers });
  }
  if (status < 400) {
    // 307 and 308 ask for the same form at another URL: it was not processed.
    return redirected({ headers, outcome: status === 307 || status === 308 ? "rejected" : "unknown" });
  }
  const serverError = parseServerError(parse(body), upstreamRedactor.redact);
  const outcome = status < 500 ? "rejected" : "unknown";
  const billed = outcome === "rejected" ? "Nothing was billed." : "It may have billed this edit.";
  const quoted = serverError.message === undefined ? "." : `: "${serverError.message.replace(/\.$/, "")}".`;
  return new ProxyError(
    canForward(status) ? status : 502,
    serverError.code ?? `upstream_${status}`,
    `Upstream answered ${status}${quoted} ${billed}`,
    {
      outcome,
      param: serverError.param,
      headers,
    },
  );
}

/**
 * Returns whether a page may get the status. Browsers automatically resend a form after 408, 421 and 425, take 407 for
 * their own proxy's, and reject statuses above 599.
 */
function canForward(status: number): boolean {
  return status < 600 && ![407, 408, 421, 425].includes(status);
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    // HTML of a gateway: only the status is forwarded.
    return undefined;
  }
}
