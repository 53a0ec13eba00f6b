import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { Readable } from "node:stream";

/** What every request to the server has beside what the proxy sends. */
export interface UpstreamRequestOptions {
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly query?: Readonly<Record<string, string>> | undefined;
}

/**
 * Creates a `fetch` for requests to the image server. Node's own stops waiting after 300 s, when an edit is billed and its
 * image is still being made; here only the handler's `timeoutMs` limits the wait. Redirects are not followed.
 */
export function createUpstreamFetch({ headers = {}, query = {} }: UpstreamRequestOptions): typeof fetch {
  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const body = await readBody(init.body);
    const sent = {
      ...headers,
      ...Object.fromEntries(new Headers(init.headers)),
      "accept-encoding": "identity",
    };
    return new Promise((resolve, reject) => {
      const send = url.protocol === "https:" ? requestHttps : requestHttp;
      const request = send(url, {
        method: init.method ?? "GET",
        headers: { ...sent, ...(body && { "content-length": body.byteLength }) },
        signal: init.signal ?? undefined,
      });
      request.on("error", (cause) => reject(new TypeError("The request failed.", { cause })));
      request.on("response", (message) => {
        const { statusCode: status = 0, statusMessage: statusText } = message;
        const pairs = Object.entries(message.headersDistinct).flatMap(([name, values = []]) =>
          values.map((value): [string, string] => [name, value]),
        );
        const hasBody = status !== 204 && status !== 205 && status !== 304;
        if (!hasBody) message.resume();
        const stream = hasBody ? (Readable.toWeb(message) as ReadableStream<Uint8Array>) : null;
        resolve(new Response(stream, { status, statusText: statusText ?? "", headers: pairs }));
      });
      request.end(body);
    });
  };
}

/** The proxy sends an array, or a blob of a large form. */
async function readBody(body: BodyInit | null | undefined): Promise<Uint8Array | undefined> {
  if (body === undefined || body === null) return undefined;
  return body instanceof Uint8Array ? body : new Uint8Array(await new Response(body).arrayBuffer());
}
