import { createRedactor } from "../create-redactor.ts";
import { readCapped } from "../read-capped.ts";
import { readRequestId } from "../request-id.ts";
import { readServerWords } from "../server-words.ts";
import type { TransportResponse } from "../transport.ts";
import { redirected } from "./describe-proxy-failure.ts";
import { Refusal } from "./refusal.ts";

/** What upstream may say about how long to wait; nothing else of its headers is passed on. */
const passedHeaders = ["retry-after", "retry-after-ms", "x-should-retry"];
const maxErrorBytes = 65_536;
const maxErrorMs = 10_000;

/** What upstream's words must not show. */
export interface UpstreamSecrets {
  readonly key: string;
  readonly host: string;
  readonly prompt: string;
}

/** Chooses the headers of an answer that go back to the page. */
export function answerHeaders(upstream: TransportResponse, key: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of passedHeaders) {
    const value = upstream.headers.get(name);
    if (value !== null && /^[ -~]{1,100}$/.test(value)) headers[name] = value;
  }
  const requestId = readRequestId(upstream.headers);
  if (requestId !== undefined && !holdsKey(requestId, key)) headers["x-request-id"] = requestId;
  return headers;
}

/** Chooses the type of an answer: what is neither JSON nor events goes back as bytes that no browser renders. */
export function answerType(upstream: TransportResponse): string {
  const type = upstream.headers.get("content-type")?.toLowerCase() ?? "";
  if (type.startsWith("text/event-stream")) return "text/event-stream; charset=utf-8";
  return /^application\/(\w+\+)?json\b/.test(type) ? "application/json" : "application/octet-stream";
}

/**
 * Gives the pieces of an answer, unless it is a gateway's page: that names hosts, and holds no picture. Only what does not
 * call itself JSON or events is looked into, because some servers call their JSON a page.
 *
 * @throws Refusal (`unknown`) for markup
 */
export async function refuseMarkup(
  upstream: TransportResponse,
  headers: Record<string, string>,
): Promise<AsyncIterator<Uint8Array>> {
  const pieces = upstream.body[Symbol.asyncIterator]();
  if (answerType(upstream) !== "application/octet-stream") return pieces;
  const seen: Uint8Array[] = [];
  let beginning = "";
  while (beginning.trim() === "" && seen.length < 16) {
    const { done, value } = await pieces.next();
    if (done) break;
    seen.push(value);
    beginning = new TextDecoder().decode(value.subarray(0, 64));
  }
  if (beginning.trimStart().startsWith("<")) {
    await pieces.return?.();
    const message = "Upstream answered with a page instead of pictures. It may have billed this edit.";
    throw new Refusal(502, "upstream_page", message, { outcome: "unknown", headers });
  }
  return {
    next: async () => {
      const value = seen.shift();
      return value ? { done: false, value } : pieces.next();
    },
    return: async () => (await pieces.return?.()) ?? { done: true, value: undefined },
  };
}

/**
 * Makes an answer of the proxy's own out of upstream's failure. Its code, type, parameter and words come back without
 * key, prompt, addresses and markup; about our key nothing comes back at all.
 */
export async function refuseUpstream(
  upstream: TransportResponse,
  secrets: UpstreamSecrets,
): Promise<Refusal> {
  const { status } = upstream;
  const headers = answerHeaders(upstream, secrets.key);
  const body = await readCapped(upstream.body, maxErrorBytes, maxErrorMs);
  if (status === 401 || status === 403) {
    const message =
      "Upstream refused this server's key or its account. Nothing was billed. Look at the server's log.";
    return new Refusal(502, "upstream_refused_key", message, { outcome: "rejected", headers });
  }
  if (status < 400) return redirected({ headers });
  const redact = createRedactor([
    { text: secrets.key, giveaway: 8 },
    { text: secrets.host, giveaway: secrets.host.length },
    { text: secrets.prompt, giveaway: 24 },
  ]);
  const words = readServerWords(parse(body), (text) =>
    holdsKey(text, secrets.key) ? "[redacted]" : redact(text).replace(addresses, "[address]"),
  );
  const outcome = status < 500 ? "rejected" : "unknown";
  const billed = outcome === "rejected" ? "Nothing was billed." : "It may have billed this edit.";
  const said = words.message === undefined ? "." : `: "${words.message.replace(/\.$/, "")}".`;
  return new Refusal(
    isPassed(status) ? status : 502,
    words.code ?? `upstream_${status}`,
    `Upstream answered ${status}${said} ${billed}`,
    {
      outcome,
      param: words.param,
      headers,
    },
  );
}

/** Addresses without a scheme, as gateways put them into their words; the client takes out those with one. */
const addresses =
  /\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b|\[[\da-f:]+\](?::\d+)?|\b(?:localhost|[\w-]+(?:\.[\w-]+)+):\d{2,5}\b/gi;

/** Tells whether text holds eight characters of the key in a row, whatever stands between them. */
function holdsKey(text: string, key: string): boolean {
  const squash = (given: string): string =>
    given
      .replace(/%([2-7][\da-f])/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
      .replace(/[^a-z\d]/gi, "");
  const [said, secret] = [squash(text), squash(key)];
  for (let at = 0; at + 8 <= secret.length; at++) if (said.includes(secret.slice(at, at + 8))) return true;
  return secret.length > 0 && secret.length < 8 && said.includes(secret);
}

/**
 * Tells whether a page may see the status. Browsers send a form again by themselves after 408, 421 and 425, take 407 for
 * their own proxy's, and know nothing above 599.
 */
function isPassed(status: number): boolean {
  return status < 600 && ![407, 408, 421, 425].includes(status);
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    // HTML of a gateway: the status is all that may be told of it.
    return undefined;
  }
}
