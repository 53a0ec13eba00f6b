import { type Deadline, type Runtime, startDeadline } from "../async/deadline.ts";
import { isPage } from "../config/resolve-settings.ts";
import type { RetouchCode } from "../errors/codes.ts";
import { InvalidResponseError, NetworkError, type RetouchError, TimeoutError } from "../errors/errors.ts";
import { type DownloadParams, formatFailure } from "../errors/failure-messages.ts";
import { codeNames } from "../errors/message-names.ts";
import { fileFormatOf, isTelling } from "../media/format.ts";
import { PrivateAddressError } from "../network/is-public-address.ts";
import { fetchSignal } from "../transport/fetch-signal.ts";
import { redirectMode } from "../transport/fetch-transport.ts";
import { checkResultUrl, inPrivateNetwork, optionFor } from "./check-result-url.ts";
import type { ResultFetch } from "./result-fetch.ts";
import type { TrustedServer } from "./trusted-server.ts";

/** The largest image to download by default: no model returns one of a fifth of it. */
export const maxDownloadBytes = 2 ** 28;

/**
 * Downloads an image from the URL in a response, without the key. Errors have outcome `unknown`, because the image
 * was billed. They never contain the URL, which can be signed. An abort throws the signal's reason.
 */
export async function downloadImage(
  imageUrl: string,
  from: DownloadContext,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const details = { outcome: "unknown", requestId: from.requestId } as const;
  const fail: Fail = (urlDetail, code, { cause, limit, status } = {}) => {
    const isRefused = code === "result_url_refused" || code === "result_not_image";
    const Kind =
      code === "result_url_timeout" ? TimeoutError : isRefused ? InvalidResponseError : NetworkError;
    const params: DownloadParams = { urlDetail, limit, status };
    return new Kind(formatFailure(code, params, codeNames), {
      ...details,
      code,
      params: { ...params },
      cause,
    });
  };
  const deadline = startDeadline(from.timeoutMs, signal, from.runtime);
  try {
    const response = await followRedirects(imageUrl, from, deadline, fail);
    const reader = response.body?.getReader();
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    let length = 0;
    let isChecked = false;
    for (let step = await deadline.race(reader?.read()); step && !step.done; ) {
      chunks.push(step.value);
      length += step.value.length;
      if (length > from.maxBytes) {
        void reader?.cancel().catch(() => undefined);
        throw fail(`returned more than ${from.maxBytes} bytes`, "result_too_large", {
          limit: "maxAnswerBytes",
        });
      }
      // Anything else can be endless; what it is shows in its first bytes.
      if (!isChecked) {
        const head = join(chunks, length);
        isChecked = isTelling(head);
        if (isChecked && isNoImage(head)) {
          void reader?.cancel().catch(() => undefined);
          throw fail("returned no image", "result_not_image");
        }
      }
      step = await deadline.race(reader?.read());
    }
    const bytes = join(chunks, length);
    if (isNoImage(bytes)) throw fail("returned no image", "result_not_image");
    return bytes;
  } catch (error) {
    if (deadline.isOver()) {
      const urlDetail = `returned no image within ${from.timeoutMs / 1000} s`;
      throw fail(urlDetail, "result_url_timeout", { limit: "timeoutMs" });
    }
    if (deadline.signal.aborted) throw deadline.signal.reason;
    if (error instanceof NetworkError || error instanceof InvalidResponseError) throw error;
    throw fail(
      "could not be fetched (in a page: its host may not allow other origins)",
      "result_url_failed",
      { cause: error },
    );
  } finally {
    deadline.end();
  }
}

function isNoImage(bytes: Uint8Array): boolean {
  return /^(?:unknown|html|xml|json)$/.test(fileFormatOf(bytes));
}

function join(chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** Creates the error of a URL; `urlDetail` continues after "The image URL". */
type Fail = (
  urlDetail: string,
  code: RetouchCode,
  more?: { readonly cause?: unknown; readonly limit?: DownloadParams["limit"]; readonly status?: number },
) => RetouchError;

/** The maximum number of redirects; a signed link needs one or two. */
const maxRedirects = 5;

/**
 * Opens an image URL and follows its redirects. Each target must satisfy the rules for the first URL, and https never
 * leads to http. No key, cookie or header of the client is sent. A browser hides redirects until it has followed
 * them: there it follows its own rules, and the final URL is checked afterwards.
 */
async function followRedirects(
  imageUrl: string,
  server: DownloadContext,
  deadline: Deadline,
  fail: Fail,
): Promise<Response> {
  const send: ResultFetch = server.fetch ?? server.fetchUrl ?? globalThis.fetch;
  const redirect = isPage() ? "follow" : "manual";
  // Only a page needs these; a runtime without `redirect: "error"` rejects them as well.
  const requestInit =
    redirectMode() === "error" && ({ credentials: "omit", referrerPolicy: "no-referrer" } as const);
  const first = checkResultUrl(imageUrl, server);
  if (first !== undefined) throw fail(first, "result_url_refused", { limit: optionFor(imageUrl, server) });
  // The race with the deadline suffices for a `fetch` that does not take the signal, under jsdom.
  const signal = send === server.fetchUrl ? deadline.signal : (fetchSignal(deadline.signal) as AbortSignal);
  let url = imageUrl;
  for (let followed = 0; ; followed += 1) {
    const init = { signal, redirect, ...requestInit };
    const response = await deadline.race(send(url, init, server)).catch((error) => {
      if (!(error instanceof PrivateAddressError)) throw error;
      throw fail(
        followed > 0 ? `redirects to a URL that ${inPrivateNetwork}` : inPrivateNetwork,
        "result_url_refused",
      );
    });
    const { redirected: wasFollowed, status } = response;
    const next = wasFollowed ? response.url : redirectOf(response, url);
    const problem = next === undefined ? undefined : checkResultUrl(next, server, url);
    if (response.ok && problem === undefined) return response;
    void response.body?.cancel().catch(() => undefined);
    if (problem !== undefined) {
      const limit = next === undefined ? undefined : optionFor(next, server, url);
      throw fail(`redirects to a URL that ${problem}`, "result_url_refused", { limit });
    }
    if (next === undefined || wasFollowed)
      throw fail(`returned status ${status}`, "result_url_failed", { status });
    if (followed === maxRedirects)
      throw fail(`redirects more than ${maxRedirects} times`, "result_url_failed", { status });
    url = next;
  }
}

/** Returns the target of a redirect, if the response is one. */
function redirectOf({ status, headers }: Response, base: string): string | undefined {
  const location = headers.get("location");
  if (location === null || ![301, 302, 303, 307, 308].includes(status)) return undefined;
  try {
    return new URL(asUtf8(location), base).href;
  } catch {
    return location; // rejected later as an invalid URL
  }
}

/** Returns a header as UTF-8: `fetch` decodes it as Latin-1, but servers that send non-ASCII characters mean UTF-8. */
function asUtf8(text: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(
      Uint8Array.from(text, (letter) => {
        if (letter > "\xff") throw new RangeError("It is already decoded.");
        return letter.charCodeAt(0);
      }),
    );
  } catch {
    return text;
  }
}

/** Where a result comes from, and how it is fetched. */
export interface DownloadContext extends TrustedServer {
  /** What relative URLs are relative to; none behind an image-edit proxy. */
  readonly base?: string | undefined;
  readonly fetch: typeof globalThis.fetch | undefined;
  /** Used if there is no custom `fetch`: on Node, it checks the IP addresses that host names resolve to. */
  readonly fetchUrl?: ResultFetch | undefined;
  readonly timeoutMs: number;
  readonly runtime?: Runtime | undefined;
  readonly maxBytes: number;
  readonly requestId: string | undefined;
}
