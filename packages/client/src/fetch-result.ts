import { isLoopback } from "./check-base-url.ts";
import { InvalidResponseError, NetworkError, type RetouchError, TimeoutError } from "./errors.ts";
import { formatOf } from "./media-type.ts";
import { redirectMode } from "./redirect-mode.ts";
import { startDeadline } from "./start-deadline.ts";

/** Where a result came from, which decides what of it is trusted. */
export interface ResultOrigin {
  /** The base URL's own origin: an address there is as good as the server itself. */
  readonly origin: string;
  readonly fetch: typeof globalThis.fetch | undefined;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly requestId: string | undefined;
}

/**
 * Fetches a picture from the address that an answer named, without the key. Errors have outcome `unknown`, because the
 * picture was paid for, and never hold the address: it can be signed.
 */
export async function fetchResult(address: string, from: ResultOrigin): Promise<Uint8Array<ArrayBuffer>> {
  const details = { outcome: "unknown", requestId: from.requestId } as const;
  const fail = (seen: string, code: string, cause?: unknown): RetouchError => {
    const Kind =
      code === "result_url_refused" || code === "result_no_picture" ? InvalidResponseError : NetworkError;
    return new Kind(
      `The picture's address ${seen}. It was paid for, and its address stays on \`image.url\`.`,
      {
        ...details,
        code,
        cause,
      },
    );
  };
  const refusal = refuse(address, from.origin);
  if (refusal !== undefined) throw fail(refusal, "result_url_refused");
  const deadline = startDeadline(from.timeoutMs);
  try {
    const send = from.fetch ?? globalThis.fetch;
    const redirect = redirectMode();
    // What only a page needs: a runtime that does not know how to refuse a redirect does not know these words either.
    const manners = redirect === "error" && ({ credentials: "omit", referrerPolicy: "no-referrer" } as const);
    const response = await deadline.race(send(address, { signal: deadline.signal, redirect, ...manners }));
    if (!response.ok) {
      void response.body?.cancel().catch(() => undefined);
      throw fail(`answered ${response.status}`, "result_url_failed");
    }
    const reader = response.body?.getReader();
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    let length = 0;
    for (let step = await deadline.race(reader?.read()); step && !step.done; ) {
      pieces.push(step.value);
      length += step.value.length;
      if (length > from.maxBytes) {
        void reader?.cancel().catch(() => undefined);
        throw fail(`gave more than \`maxAnswerBytes\` (${from.maxBytes})`, "result_too_large");
      }
      step = await deadline.race(reader?.read());
    }
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const piece of pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    if (/^(unknown|html|xml|json)$/.test(formatOf(bytes))) throw fail("gave no picture", "result_no_picture");
    return bytes;
  } catch (error) {
    if (deadline.isOver()) {
      throw new TimeoutError(
        `The picture's address gave no picture within ${from.timeoutMs / 1000} s. It was paid for, and its address stays on \`image.url\`. Raise \`timeoutMs\`.`,
        { ...details, code: "result_url_timeout" },
      );
    }
    if (error instanceof NetworkError || error instanceof InvalidResponseError) throw error;
    throw fail(
      "could not be fetched (in a page: its host may not allow other origins)",
      "result_url_failed",
      error,
    );
  } finally {
    deadline.end();
  }
}

/** Says why an address is not fetched: it is not encrypted, or leads into the network of whoever runs this. */
function refuse(address: string, origin: string): string | undefined {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    // What the parser says would quote the address.
    return "is no URL";
  }
  if (url.username !== "" || url.password !== "") return "holds a user name or password and is not fetched";
  if (url.origin === origin && /^https?:$/.test(url.protocol)) return undefined;
  if (url.protocol !== "https:") return "is not https and is not fetched";
  return isPrivate(url.hostname) ? "lies in a private network and is not fetched" : undefined;
}

// Literals only: what a name resolves to is not known here, and `https` with a valid certificate guards names.
function isPrivate(host: string): boolean {
  return (
    isLoopback(host) ||
    /^(0|10|169\.254|192\.168|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./.test(host) ||
    // Loopback, unspecified, link-local, unique local and IPv4 in IPv6.
    /^\[(::|f[cd]|fe[89a-f]|64:ff9b:)/.test(host) ||
    /\.(local|internal|home\.arpa)$/.test(host)
  );
}
