import { type HttpHandler, HttpResponse, http } from "msw";
import { corsHeaders, preflightResponse } from "./cors.ts";
import { createMock, servedPaths } from "./create-mock.ts";
import { editPath, editPathEnd } from "./generated/spec.gen.ts";
import type { MockResponse } from "./mock-exchange.ts";
import type { MockOptions, Platform } from "./mock-options.ts";
import type { LoggedRequest } from "./request-log.ts";

/** Options of {@link createHandlers}. */
export interface HandlersOptions extends MockOptions {
  /** The server to mock, with or without `/v1`. Every host by default, so that no test reaches a real one. */
  baseUrl?: string | URL;
  /**
   * Path of the page's image-edit proxy, such as `/api/image-edit`: edits posted there, without a key, get the same
   * responses. For tests of components that use `proxyTransport` or `createProxyClient`.
   */
  proxyPath?: string;
}

/** Handlers for msw, with the mock's log. */
export type MockHandlers = HttpHandler[] & {
  /** Every request since the start or the last `reset()`, oldest first. */
  readonly requests: LoggedRequest[];
  /** Clears requests, script positions and served images. */
  reset(): void;
};

/** Creates msw handlers for a platform. */
export function buildHandlers(options: HandlersOptions, loadCodec: Platform["loadCodec"]): MockHandlers {
  const mock = createMock(options, { hasSockets: false, loadCodec });
  const root = options.baseUrl === undefined ? "*" : rootOf(options.baseUrl);
  const handlers = servedPaths.map((path) =>
    http.all(`${root}${path}`, async ({ request }) => {
      const url = new URL(request.url);
      if (request.method === "OPTIONS") return toResponse(preflightResponse("*"));
      const marker = path.replace(/:.*$/, "");
      const split =
        root === "*" ? url.pathname.lastIndexOf(marker) : new URL(root).pathname.replace(/\/$/, "").length;
      const exchange = mock.begin({
        method: request.method,
        url,
        root: url.origin + url.pathname.slice(0, split),
        path: url.pathname.slice(split),
        headers: request.headers,
        body: bodyOf(request),
        signal: request.signal,
      });
      return settle(exchange, request.signal);
    }),
  );
  if (options.proxyPath !== undefined) {
    const authorization = `Bearer ${options.apiKey ?? "key-of-the-proxy"}`;
    handlers.push(
      http.post(`*${options.proxyPath}`, async ({ request }) => {
        const url = new URL(request.url);
        const headers = new Headers(request.headers);
        headers.set("authorization", authorization);
        const exchange = mock.begin({
          method: request.method,
          url,
          root: url.origin,
          path: editPath,
          headers,
          body: bodyOf(request),
          signal: request.signal,
        });
        return settle(exchange, request.signal);
      }),
    );
  }
  return Object.assign(handlers, { requests: mock.requests, reset: mock.reset });
}

async function settle(
  exchange: ReturnType<ReturnType<typeof createMock>["begin"]>,
  signal: AbortSignal,
): Promise<Response> {
  try {
    return toResponse(await exchange.respond(), exchange.finish);
  } catch (error) {
    exchange.finish({ aborted: signal.aborted });
    // A defect must not look like a cut connection, after which an edit may have been billed.
    if (!signal.aborted) throw error;
    return HttpResponse.error();
  }
}

function rootOf(baseUrl: string | URL): string {
  return String(baseUrl).replace(/\/+$/, "").replace(editPathEnd, "");
}

/** Yields the complete body: not every browser can iterate the body of a request. */
async function* bodyOf(request: Request) {
  if (request.method !== "GET" && request.method !== "HEAD")
    yield new Uint8Array(await request.arrayBuffer());
}

function toResponse(response: MockResponse, finish?: (outcome: { aborted: boolean }) => void): Response {
  const init = { status: response.status, headers: { ...corsHeaders("*"), ...response.headers } };
  const { body } = response;
  if (ArrayBuffer.isView(body)) {
    finish?.({ aborted: false });
    // Without a length msw ends the body by closing the connection, which breaks a fetch that does not read it.
    const headers = { ...init.headers, "content-length": String(body.length) };
    return new HttpResponse(body.length > 0 ? body : null, { ...init, headers });
  }
  const chunks = body[Symbol.asyncIterator]();
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (!done) return controller.enqueue(value);
      controller.close();
      finish?.({ aborted: false });
    },
    async cancel() {
      finish?.({ aborted: true });
      await chunks.return?.();
    },
  });
  return new HttpResponse(stream, init);
}
