import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { Readable } from "node:stream";
import { createAgents } from "@retouch/client/node";

/** What every request to the server has beside what the proxy sends. */
export interface UpstreamRequestOptions {
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly query?: Readonly<Record<string, string>> | undefined;
}

/**
 * Creates a `fetch` for requests to the image server. Node's own stops waiting after 300 s, when an edit is billed and its
 * image is still being made; here only the handler's `timeoutMs` limits the wait. It obeys `HTTPS_PROXY` as the client does.
 * Redirects are not followed.
 */
export function createUpstreamFetch({ headers = {}, query = {} }: UpstreamRequestOptions): typeof fetch {
  // A server that closes an idle connection cannot leave an edit whose outcome is unknown.
  const agents = createAgents({ freshConnections: true });
  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const body = await readBody(init.body);
    const sent = {
      ...headers,
      ...Object.fromEntries(new Headers(init.headers)),
      "accept-encoding": "identity",
    };
    const signal = init.signal ?? new AbortController().signal;
    const { headers: routed, ...route } = agents.route(url, signal, true);
    return new Promise((resolve, reject) => {
      const fail = (cause: unknown): void => reject(new TypeError("The request failed.", { cause }));
      const send = route.protocol === "https:" ? requestHttps : requestHttp;
      const request = send({
        ...route,
        method: init.method ?? "GET",
        headers: { ...routed, ...sent, ...(body && { "content-length": body.byteLength }) },
        signal,
      });
      request.on("error", fail);
      request.on("response", (message) => {
        try {
          resolve(toResponse(message));
        } catch (error) {
          message.destroy();
          fail(error); // a status that a web response cannot have
        }
      });
      request.end(body);
    });
  };
}

function toResponse(message: IncomingMessage): Response {
  const { statusCode: status = 0, statusMessage: statusText = "" } = message;
  const headers = Object.entries(message.headersDistinct).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  );
  const hasBody = status !== 204 && status !== 205 && status !== 304;
  if (!hasBody) message.resume();
  const stream = hasBody ? (Readable.toWeb(message) as ReadableStream<Uint8Array>) : null;
  return new Response(stream, { status, statusText, headers });
}

/** The proxy sends an array, or a blob of a large form. */
async function readBody(body: BodyInit | null | undefined): Promise<Uint8Array | undefined> {
  if (body === undefined || body === null) return undefined;
  return body instanceof Uint8Array ? body : new Uint8Array(await new Response(body).arrayBuffer());
}
