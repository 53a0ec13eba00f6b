import type { IncomingMessage } from "node:http";
import type { LookupFunction } from "node:net";
import type { ResultFetch } from "../../results/result-fetch.ts";
import { isTrusted } from "../../results/trusted-server.ts";
import { requesterOf } from "../builtins.ts";
import { readResponseBody } from "../transport/response-body.ts";
import { type Agents, createAgents, type NodeNetworkOptions } from "./agents.ts";
import { createPublicLookup } from "./public-lookup.ts";

/** The routes to result URLs: on the server of the edit, and on every other host. */
export interface ResultRoutes {
  /** The agents of the edits, also used for results on the server's own origin. */
  readonly own: Agents;
  /** Agents of the edits, without the client's certificate and server name, which are meant only for the server. */
  readonly others: Agents;
  readonly lookup: LookupFunction;
}

/** Creates the routes of one client. Behind a proxy, the proxy resolves names. */
export function createResultRoutes(
  { proxy, agent, tls = {} }: NodeNetworkOptions,
  own: Agents,
  lookup?: LookupFunction,
): ResultRoutes {
  const { cert: _cert, key: _key, pfx: _pfx, passphrase: _passphrase, servername: _name, ...trust } = tls;
  return {
    own,
    others: createAgents({ proxy, agent, tls: trust }),
    lookup: createPublicLookup(lookup),
  };
}

/** Creates the fetch of result URLs on Node. It connects to the addresses that it checked and follows no redirect. */
export function createResultFetch({ own, others, lookup }: ResultRoutes): ResultFetch {
  return (address, { signal }, server) => {
    const url = new URL(address);
    const isOwn = url.origin === server.origin;
    const needsCheck = !isTrusted(url, server);
    const get = (): Promise<Response> =>
      new Promise((resolve, reject) => {
        const { headers, proxySource: _, ...route } = (isOwn ? own : others).route(url, signal);
        const send = requesterOf(route);
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
  // A compression that was not requested is undone, as `fetch` does: the image was billed.
  const { body } = readResponseBody(message, (error) => error);
  return new Response(toStream(body), { status, headers });
}

function toStream(body: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await chunks.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}
