import { type HttpHandler, HttpResponse, http } from "msw";
import { corsHeaders, preflightAnswer } from "./cors.ts";
import { createMock } from "./create-mock.ts";
import type { MockAnswer } from "./mock-exchange.ts";
import type { MockOptions, MockPlatform } from "./mock-options.ts";
import type { LoggedRequest } from "./request-log.ts";
import { servedPaths } from "./served-paths.ts";

/** Options of {@link createHandlers}. */
export interface HandlersOptions extends MockOptions {
  /** The server to stand in for, with or without `/v1`. Every host by default, so that no test reaches a real one. */
  baseUrl?: string | URL;
}

/** Handlers for msw, with the mock's log. */
export type MockHandlers = HttpHandler[] & {
  /** Every request since the start or the last `reset()`, oldest first. */
  readonly requests: LoggedRequest[];
  /** Forgets requests, script positions and served pictures. */
  reset(): void;
};

/** Builds handlers for msw on a platform. */
export function buildHandlers(options: HandlersOptions, loadKit: MockPlatform["loadKit"]): MockHandlers {
  const mock = createMock(options, { hasSockets: false, loadKit });
  const root = options.baseUrl === undefined ? "*" : rootOf(options.baseUrl);
  const handlers = servedPaths.map((path) =>
    http.all(`${root}${path}`, async ({ request }) => {
      const url = new URL(request.url);
      if (request.method === "OPTIONS") return toResponse(preflightAnswer("*"));
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
      try {
        const answer = await exchange.answer();
        return toResponse(answer, exchange.finish);
      } catch {
        exchange.finish({ aborted: true });
        return HttpResponse.error();
      }
    }),
  );
  return Object.assign(handlers, { requests: mock.requests, reset: mock.reset });
}

function rootOf(baseUrl: string | URL): string {
  return String(baseUrl).replace(/\/+$/, "").replace(/\/v1$/, "");
}

/** At once: not every browser can iterate a request's body, or has it at all. */
async function* bodyOf(request: Request) {
  if (request.method !== "GET" && request.method !== "HEAD")
    yield new Uint8Array(await request.arrayBuffer());
}

function toResponse(answer: MockAnswer, finish?: (outcome: { aborted: boolean }) => void): Response {
  const init = { status: answer.status, headers: { ...corsHeaders("*"), ...answer.headers } };
  const { body } = answer;
  if (body instanceof Uint8Array) {
    finish?.({ aborted: false });
    // Without a length msw ends the body by closing the connection, which breaks fetch when nobody reads it.
    const headers = { ...init.headers, "content-length": String(body.length) };
    return new HttpResponse(body.length > 0 ? body : null, { ...init, headers });
  }
  const pieces = body[Symbol.asyncIterator]();
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (!done) return controller.enqueue(value);
      controller.close();
      finish?.({ aborted: false });
    },
    async cancel() {
      finish?.({ aborted: true });
      await pieces.return?.();
    },
  });
  return new HttpResponse(stream, init);
}
