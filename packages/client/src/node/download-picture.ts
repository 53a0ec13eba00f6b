import { lookup } from "node:dns/promises";
import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { type ByteSource, openByteSource } from "../byte-source.ts";
import { untilAborted } from "../until-aborted.ts";
import { invalidPicture } from "./invalid-picture.ts";
import { isPublicAddress } from "./is-public-address.ts";

/** Limits what a picture given as an http(s) URL may be. */
export interface PictureUrlOptions {
  /** The largest picture to fetch, in bytes; 52,428,800 (50 MB) by default. */
  readonly maxBytes?: number | undefined;
  /** How long fetching one picture may take, in milliseconds; 60,000 by default. */
  readonly timeoutMs?: number | undefined;
  /** Allows loopback and private networks: for pictures on a server of your own, never for URLs that others chose. */
  readonly allowPrivateAddresses?: boolean | undefined;
  /** The certificate authority of such a server. */
  readonly ca?: string | Buffer | readonly (string | Buffer)[] | undefined;
}

/**
 * Fetches a picture from an http(s) URL that may come from a stranger: without key, cookies or the URL's own
 * credentials, from public addresses only (looked up once and kept, so that a name can not change its mind), without
 * following redirects and up to a size.
 *
 * @throws {InvalidInputError} (`not-sent`) for every refusal; its message names the host, never the URL
 */
export async function downloadPicture(
  url: URL,
  field: string,
  options: PictureUrlOptions,
  signal: AbortSignal,
): Promise<ByteSource> {
  const maxBytes = options.maxBytes ?? 52_428_800;
  const timeoutMs = options.timeoutMs ?? 60_000;
  const timeout = AbortSignal.timeout(timeoutMs);
  const either = AbortSignal.any([signal, timeout]);
  const refuse: Refuse = (code, why, cause) =>
    invalidPicture(field, code, `(from ${url.host}) ${why}`, cause);
  try {
    const response = await openResponse(url, options, either, refuse);
    try {
      return openByteSource(await collect(response, maxBytes, refuse), field);
    } finally {
      response.destroy();
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (timeout.aborted)
      throw refuse(
        "url_timeout",
        `did not arrive within ${timeoutMs / 1000} s. Fetch it yourself and give its bytes.`,
      );
    throw error;
  }
}

type Refuse = (code: string, why: string, cause?: unknown) => Error;

async function openResponse(
  url: URL,
  options: PictureUrlOptions,
  signal: AbortSignal,
  refuse: Refuse,
): Promise<IncomingMessage> {
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const { address, family } = await resolve(host, options, signal, refuse);
  const pinned: LookupFunction = (_name, { all }, callback) =>
    all ? callback(null, [{ address, family }]) : callback(null, address, family);
  const send = url.protocol === "https:" ? requestHttps : requestHttp;
  return new Promise((resolvePromise, reject) => {
    const request = send({
      protocol: url.protocol,
      hostname: host,
      port: url.port || undefined,
      path: url.pathname + url.search,
      headers: { host: url.host, accept: "image/*", "accept-encoding": "identity", "user-agent": "retouch" },
      agent: false,
      lookup: pinned,
      signal,
      ...(options.ca !== undefined && { ca: options.ca as string }),
    });
    request.on("error", (cause) => {
      reject(refuse("url_failed", `can not be fetched: the connection failed. Check the URL.`, cause));
    });
    request.on("response", (response) => {
      const status = response.statusCode ?? 0;
      if (status === 200) return resolvePromise(response);
      request.destroy();
      reject(
        status >= 300 && status < 400
          ? refuse(
              "url_redirected",
              `is elsewhere: the server answered ${status}, and redirects are not followed. Give the final URL.`,
            )
          : refuse("url_failed", `can not be fetched: the server answered ${status}. Check the URL.`),
      );
    });
    request.end();
  });
}

async function resolve(
  host: string,
  options: PictureUrlOptions,
  signal: AbortSignal,
  refuse: Refuse,
): Promise<{ address: string; family: number }> {
  const family = isIP(host);
  const addresses = family
    ? [{ address: host, family }]
    : await untilAborted(lookup(host, { all: true }), signal).catch((cause: unknown) => {
        throw refuse("url_failed", "can not be fetched: its host was not found. Check the URL.", cause);
      });
  const [first] = addresses;
  if (!first) throw refuse("url_failed", "can not be fetched: its host has no address. Check the URL.");
  // One private address is enough to refuse: the answer of a name server that mixes them is an attack or a mistake.
  if (!options.allowPrivateAddresses && !addresses.every(({ address }) => isPublicAddress(address))) {
    throw refuse(
      "url_private",
      "is at a private address, which is not fetched. Fetch it yourself and give its bytes.",
    );
  }
  return first;
}

async function collect(response: IncomingMessage, maxBytes: number, refuse: Refuse): Promise<Blob> {
  const tooLarge = (): Error =>
    refuse(
      "too_large",
      `is larger than ${maxBytes} bytes. Give a smaller one, or raise \`pictureUrls.maxBytes\`.`,
    );
  const coding = response.headers["content-encoding"];
  if (coding !== undefined && coding !== "identity") {
    throw refuse(
      "url_failed",
      "came compressed though that was not asked for. Fetch it yourself and give its bytes.",
    );
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
    throw refuse("url_failed", "can not be fetched: the connection was cut. Check the URL.", cause);
  }
  if (byteLength > maxBytes) throw tooLarge();
  return new Blob(chunks);
}
