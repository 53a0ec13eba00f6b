import { type Deadline, startDeadline } from "../async/deadline.ts";
import { isPage } from "../config/resolve-settings.ts";
import type { RetouchCode } from "../errors/codes.ts";
import { InvalidResponseError, NetworkError, type RetouchError, TimeoutError } from "../errors/errors.ts";
import { formatOf } from "../media/format.ts";
import { PrivateAddressError } from "../network/is-public-address.ts";
import { redirectMode } from "../transport/redirect-mode.ts";
import { checkResultUrl, inPrivateNetwork } from "./check-result-url.ts";
import type { ResultFetch } from "./result-fetch.ts";

/**
 * Fetches a picture from the address that an answer named, without the key. Errors have outcome `unknown`, because the
 * picture was paid for, and never hold the address: it can be signed. An abort throws the signal's reason.
 */
export async function downloadImage(
  address: string,
  from: DownloadContext,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const details = { outcome: "unknown", requestId: from.requestId } as const;
  const fail = (seen: string, code: RetouchCode, cause?: unknown): RetouchError => {
    const Kind =
      code === "result_url_refused" || code === "result_not_image" ? InvalidResponseError : NetworkError;
    return new Kind(
      `The picture's address ${seen}. It was paid for, and its address stays on \`image.url\`.`,
      {
        ...details,
        code,
        cause,
      },
    );
  };
  const deadline = startDeadline(from.timeoutMs, signal);
  try {
    const response = await followRedirects(address, from, deadline, fail);
    const reader = response.body?.getReader();
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    let length = 0;
    for (let step = await deadline.race(reader?.read()); step && !step.done; ) {
      chunks.push(step.value);
      length += step.value.length;
      if (length > from.maxBytes) {
        void reader?.cancel().catch(() => undefined);
        throw fail(`gave more than \`maxAnswerBytes\` (${from.maxBytes})`, "result_too_large");
      }
      step = await deadline.race(reader?.read());
    }
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const chunk of chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    if (/^(unknown|html|xml|json)$/.test(formatOf(bytes))) throw fail("gave no picture", "result_not_image");
    return bytes;
  } catch (error) {
    if (deadline.isOver()) {
      throw new TimeoutError(
        `The picture's address gave no picture within ${from.timeoutMs / 1000} s. It was paid for, and its address stays on \`image.url\`. Raise \`timeoutMs\`.`,
        { ...details, code: "result_url_timeout" },
      );
    }
    if (deadline.signal.aborted) throw deadline.signal.reason;
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

/** A signed link needs one or two. */
const maxRedirects = 5;

/**
 * Opens a picture's address and follows its redirects, each held to what the first address is held to, and never from
 * https to http. No key, cookie or header of the client's travels. A browser shows no redirect before it is followed:
 * there it follows by its own rules, and where that ended is looked at afterwards.
 */
async function followRedirects(
  address: string,
  { origin, fetch: given, fetchUrl }: DownloadContext,
  deadline: Deadline,
  fail: (seen: string, code: RetouchCode) => Error,
): Promise<Response> {
  const send: ResultFetch = given ?? fetchUrl ?? globalThis.fetch;
  const redirect = isPage() ? "follow" : "manual";
  // What only a page needs: a runtime that does not know how to refuse a redirect does not know these words either.
  const requestInit =
    redirectMode() === "error" && ({ credentials: "omit", referrerPolicy: "no-referrer" } as const);
  const first = checkResultUrl(address, origin);
  if (first !== undefined) throw fail(first, "result_url_refused");
  let url = address;
  for (let followed = 0; ; followed += 1) {
    const init = { signal: deadline.signal, redirect, ...requestInit };
    const response = await deadline.race(send(url, init, origin)).catch((error) => {
      if (!(error instanceof PrivateAddressError)) throw error;
      throw fail(
        followed > 0 ? `redirects to one that ${inPrivateNetwork}` : inPrivateNetwork,
        "result_url_refused",
      );
    });
    const { redirected: wasFollowed, status } = response;
    const next = wasFollowed ? response.url : redirectOf(response, url);
    const refusal = next === undefined ? undefined : checkResultUrl(next, origin, url);
    if (response.ok && refusal === undefined) return response;
    void response.body?.cancel().catch(() => undefined);
    if (refusal !== undefined) throw fail(`redirects to one that ${refusal}`, "result_url_refused");
    if (next === undefined || wasFollowed) throw fail(`answered ${status}`, "result_url_failed");
    if (followed === maxRedirects)
      throw fail(`redirects more than ${maxRedirects} times`, "result_url_failed");
    url = next;
  }
}

/** Reads where an answer leads, if it does. */
function redirectOf({ status, headers }: Response, base: string): string | undefined {
  const location = headers.get("location");
  if (location === null || ![301, 302, 303, 307, 308].includes(status)) return undefined;
  try {
    return new URL(asUtf8(location), base).href;
  } catch {
    return location; // refused as no URL, by whoever checks it
  }
}

/** A header is handed out as Latin-1, but servers that write letters beyond ASCII there mean UTF-8. */
function asUtf8(text: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(
      Uint8Array.from(text, (letter) => {
        if (letter > "\xff") throw new RangeError("It was decoded already.");
        return letter.charCodeAt(0);
      }),
    );
  } catch {
    return text;
  }
}

/** Where a result came from, which decides what of it is trusted. */
export interface DownloadContext {
  /** The base URL's own origin: an address there is as good as the server itself. */
  readonly origin: string;
  readonly fetch: typeof globalThis.fetch | undefined;
  /** Fetches where no `fetch` is given: on Node, what checks the addresses that names resolve to. */
  readonly fetchUrl?: ResultFetch | undefined;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly requestId: string | undefined;
}
