import type { Agent, IncomingMessage } from "node:http";
import type { LookupFunction } from "node:net";
import { invalidInput } from "../../errors/problem-messages.ts";
import { type ByteSource, openByteSource } from "../../media/byte-source.ts";
import { isPublicHost, PrivateAddressError } from "../../network/is-public-address.ts";
import { requesterOf } from "../builtins.ts";
import { createPublicLookup } from "../network/public-lookup.ts";

/** Limits for an image given as an http(s) URL. */
export interface ImageUrlOptions {
  /** Largest image to fetch, in bytes; 52,428,800 (50 MB) by default. */
  readonly maxBytes?: number | undefined;
  /** Time limit for fetching one image, in milliseconds; 60,000 by default. */
  readonly timeoutMs?: number | undefined;
  /** Allows loopback and private networks: for images on your own server, never for URLs that others chose. */
  readonly allowPrivateAddresses?: boolean | undefined;
  /** Certificate authority of such a server. */
  readonly ca?: string | Buffer | readonly (string | Buffer)[] | undefined;
}

/** Replacements for name resolution and connections; the platform's by default. */
export interface ImageNetwork {
  readonly lookup?: LookupFunction | undefined;
  readonly agent?: Agent | undefined;
}

/**
 * Downloads an image from an untrusted http(s) URL: without key, cookies or the URL's own
 * credentials, from public addresses only (the connection uses the addresses that were checked), without
 * following redirects, and up to a maximum size.
 *
 * @throws {InvalidInputError} (`not-sent`) for every rejection; its message names the host, never the URL
 */
export async function downloadImage(
  url: URL,
  field: string,
  options: ImageUrlOptions,
  signal: AbortSignal,
  network: ImageNetwork = {},
): Promise<ByteSource> {
  const maxBytes = options.maxBytes ?? 52_428_800;
  const timeoutMs = options.timeoutMs ?? 60_000;
  const timeout = AbortSignal.timeout(timeoutMs);
  const anySignal = AbortSignal.any([signal, timeout]);
  const fail: Fail = (code, detail, cause) =>
    invalidInput(field, code, { detail: `(from ${url.host}) ${detail}` }, cause);
  const tooLarge = () => invalidInput(field, "too_large", { host: url.host, maxBytes });
  try {
    const response = await openResponse(url, options, network, anySignal, fail);
    try {
      return openByteSource(await collect(response, maxBytes, fail, tooLarge), field);
    } finally {
      response.destroy();
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (timeout.aborted)
      throw fail(
        "url_timeout",
        `did not arrive within ${timeoutMs / 1000} s. Fetch it yourself and pass its bytes.`,
      );
    throw error;
  }
}

type Fail = (
  code: "url_failed" | "url_private" | "url_redirected" | "url_timeout",
  why: string,
  cause?: unknown,
) => Error;

async function openResponse(
  url: URL,
  options: ImageUrlOptions,
  network: ImageNetwork,
  signal: AbortSignal,
  fail: Fail,
): Promise<IncomingMessage> {
  const isPublicOnly = options.allowPrivateAddresses !== true;
  if (isPublicOnly && !isPublicHost(url.hostname)) throw rejectPrivate(fail);
  const send = requesterOf(url);
  return new Promise((resolvePromise, reject) => {
    const request = send({
      protocol: url.protocol,
      hostname: url.hostname.replace(/^\[(.*)\]$/, "$1"),
      port: url.port || undefined,
      path: url.pathname + url.search,
      headers: { host: url.host, accept: "image/*", "accept-encoding": "identity", "user-agent": "retouch" },
      agent: network.agent ?? false,
      lookup: isPublicOnly ? createPublicLookup(network.lookup) : network.lookup,
      signal,
      ...(options.ca !== undefined && { ca: options.ca as string }),
    });
    request.on("error", (cause) => {
      if (cause instanceof PrivateAddressError) return reject(rejectPrivate(fail));
      const isUnknown = (cause as NodeJS.ErrnoException).syscall === "getaddrinfo";
      const reason = isUnknown ? "its host was not found" : "the connection failed";
      reject(fail("url_failed", `cannot be fetched: ${reason}. Check the URL.`, cause));
    });
    request.on("response", (response) => {
      const status = response.statusCode ?? 0;
      if (status === 200) return resolvePromise(response);
      request.destroy();
      reject(
        status >= 300 && status < 400
          ? fail(
              "url_redirected",
              `was redirected: the server answered ${status}, and redirects are not followed. Use the final URL.`,
            )
          : fail("url_failed", `cannot be fetched: the server answered ${status}. Check the URL.`),
      );
    });
    request.end();
  });
}

function rejectPrivate(fail: Fail): Error {
  return fail(
    "url_private",
    "has a private address, which is not fetched. Fetch it yourself and pass its bytes.",
  );
}

async function collect(
  response: IncomingMessage,
  maxBytes: number,
  fail: Fail,
  tooLarge: () => Error,
): Promise<Blob> {
  const coding = response.headers["content-encoding"];
  if (coding !== undefined && coding !== "identity") {
    throw fail("url_failed", "is compressed, which was not requested. Fetch it yourself and pass its bytes.");
  }
  if (Number(response.headers["content-length"] ?? 0) > maxBytes) throw tooLarge();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let byteLength = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer<ArrayBuffer>>) {
      byteLength += chunk.byteLength;
      if (byteLength > maxBytes) break;
      chunks.push(chunk);
    }
  } catch (cause) {
    throw fail("url_failed", "cannot be fetched: the connection was cut. Check the URL.", cause);
  }
  if (byteLength > maxBytes) throw tooLarge();
  return new Blob(chunks);
}
