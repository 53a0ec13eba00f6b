import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { isPublicAddress } from "../../../packages/client/src/network/is-public-address.ts";
import { maxDocumentBytes, tooLargeText } from "../document/document-size.ts";
import { isAllowed, isThisMachine } from "./watched-vendors.ts";

const maxRedirects = 5;

/** A document that could not be fetched, or that is none. It says nothing about a change of the vendor. */
export class FetchError extends Error {
  override readonly name = "FetchError";
}

/**
 * Fetches a vendor's document by https, or by http from this machine. Redirects are only followed on the same host.
 *
 * @throws FetchError that names the URL, what was seen and what to do.
 */
export async function fetchDocument(url: string, { timeoutMs = 60_000 } = {}): Promise<Buffer> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await follow(url, signal);
    const bytes = await readBody(url, response);
    if (/^\s*<(?:!doctype\s+html|html|head)\b/i.test(bytes.toString("utf8", 0, 1024))) throw htmlPage(url);
    return bytes;
  } catch (cause) {
    if (cause instanceof FetchError) throw cause;
    if (signal.aborted)
      throw new FetchError(`${url} took longer than ${timeoutMs / 1000} s. Run this again later.`, { cause });
    throw new FetchError(`${url} did not respond. Check the URL and the network.`, { cause });
  }
}

async function follow(url: string, signal: AbortSignal): Promise<Response> {
  let current = URL.parse(url);
  for (let count = 0; count <= maxRedirects; count++) {
    if (current === null || !isAllowed(current))
      throw new FetchError(`${url} is not fetched: only https URLs without credentials are.`);
    await refusePrivate(current);
    const response = await fetch(current, { redirect: "manual", signal });
    if (response.status === 200) return response;
    await response.body?.cancel();
    const location = response.headers.get("location");
    if (response.status < 300 || response.status > 399 || location === null)
      throw new FetchError(`${url} returned ${response.status}. Check the URL.`);
    const next = URL.parse(location, current.href);
    // The URL was chosen by a person; where its host sends us was not.
    if (next?.origin !== current.origin)
      throw new FetchError(
        `${url} redirects to ${next?.origin ?? "a broken URL"}. That host is not followed: if it is right, give its URL.`,
      );
    current = next;
  }
  throw new FetchError(`${url} redirects more than ${maxRedirects} times. Check the URL.`);
}

/** A document of a vendor is public; an address inside of a network is a mistake, or an attack by a name. */
async function refusePrivate({ hostname, href }: URL): Promise<void> {
  if (isThisMachine(hostname)) return;
  const host = hostname.replaceAll(/^\[|\]$/g, "");
  const found = isIP(host) === 0 ? await lookup(host, { all: true }) : [{ address: host }];
  const inside = found.find(({ address }) => !isPublicAddress(address));
  if (inside)
    throw new FetchError(
      `${href} is not fetched: ${host} is ${inside.address}, an address of a private network. Download the document, and give the file.`,
    );
}

async function readBody(url: string, response: Response): Promise<Buffer> {
  const isHtml = response.headers.get("content-type")?.toLowerCase().startsWith("text/html") ?? false;
  const isTooLarge = Number(response.headers.get("content-length")) > maxDocumentBytes;
  if (isHtml || isTooLarge || response.body === null) {
    await response.body?.cancel();
    throw isHtml ? htmlPage(url) : isTooLarge ? tooLarge(url) : new FetchError(`${url} is empty.`);
  }
  const chunks: Uint8Array[] = [];
  let seenBytes = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      if (cause instanceof Error && cause.name === "TimeoutError") throw cause;
      throw new FetchError(
        `${url} ends early: the connection closed after ${seenBytes} bytes. Run this again later.`,
        { cause },
      );
    });
    if (done) return Buffer.concat(chunks);
    seenBytes += value.byteLength;
    if (seenBytes > maxDocumentBytes) {
      await reader.cancel();
      throw tooLarge(url);
    }
    chunks.push(value);
  }
}

const tooLarge = (url: string) => new FetchError(tooLargeText(url));
const htmlPage = (url: string) =>
  new FetchError(`${url} is an HTML page. Give the URL of the YAML, JSON or Markdown document.`);
