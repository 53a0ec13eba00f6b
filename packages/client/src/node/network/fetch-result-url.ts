import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { LookupFunction } from "node:net";
import { pipeline, Readable } from "node:stream";
import { createBrotliDecompress, createUnzip } from "node:zlib";
import type { ResultFetch } from "../../results/result-fetch.ts";
import { isTrusted } from "../../results/trusted-server.ts";
import { type Agents, createAgents, type NodeNetworkOptions } from "./agents.ts";
import { createPublicLookup } from "./public-lookup.ts";

/** Routes to results: on the server that made them, and on every other host. */
export interface ResultRoutes {
  /** Agents of the edits: a result on the server's own origin is reached as the server is. */
  readonly own: Agents;
  /** Agents without the client's certificate, certificate authority or agent, which are meant only for the server. */
  readonly others: Agents;
  readonly lookup: LookupFunction;
}

/** Creates the routes of one client. Behind a proxy, the proxy resolves names. */
export function createResultRoutes(
  { proxy }: NodeNetworkOptions,
  own: Agents,
  lookup?: LookupFunction,
): ResultRoutes {
  return { own, others: createAgents({ proxy }), lookup: createPublicLookup(lookup) };
}

/** Creates the fetch of result URLs on Node. It connects to the addresses that it checked and follows no redirect. */
export function createResultFetch({ own, others, lookup }: ResultRoutes): ResultFetch {
  return (address, { signal }, server) => {
    const url = new URL(address);
    const isOwn = url.origin === server.origin;
    const needsCheck = !isTrusted(url, server);
    const get = (): Promise<Response> =>
      new Promise((resolve, reject) => {
        const { headers, ...route } = (isOwn ? own : others).route(url, signal);
        const send = route.protocol === "https:" ? requestHttps : requestHttp;
        const request = send({
          ...route,
          ...(needsCheck && { lookup }),
          headers: { accept: "*/*", "accept-encoding": "identity", "user-agent": "retouch", ...headers },
          signal,
        });
        request.on("error", (error: NodeJS.ErrnoException) => {
          // The server closed a kept-alive connection while the request was in flight, and read nothing of it.
          if (request.reusedSocket && error.code === "ECONNRESET") resolve(get());
          else reject(error);
        });
        request.on("response", (message) => {
          try {
            resolve(toResponse(message));
          } catch (error) {
            // `Response` accepts no status from 600 on.
            message.destroy();
            reject(error);
          }
        });
        request.end();
      });
    return get();
  };
}

function toResponse(message: IncomingMessage): Response {
  const headers = new Headers();
  for (const [name, values] of Object.entries(message.headersDistinct))
    for (const value of values ?? []) headers.append(name, value);
  const status = message.statusCode ?? 0;
  if ([204, 205, 304].includes(status)) {
    message.resume();
    return new Response(null, { status, headers });
  }
  const body = Readable.toWeb(decode(message)) as unknown as ReadableStream<Uint8Array>; // Node's type of the same class
  return new Response(body, { status, headers });
}

/** Decodes a compression that was not requested, as `fetch` does: the image was billed. */
function decode(message: IncomingMessage): Readable {
  const coding = message.headers["content-encoding"]?.trim().toLowerCase();
  if (coding === "br") return pipeline(message, createBrotliDecompress(), () => undefined);
  if (coding === "gzip" || coding === "x-gzip" || coding === "deflate")
    return pipeline(message, createUnzip(), () => undefined);
  return message;
}
