import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { corsHeaders, preflightAnswer } from "./cors.ts";
import { createMock } from "./create-mock.ts";
import type { MockOptions } from "./mock-options.ts";
import { loadSharpKit } from "./render/codecs/sharp-codec.ts";
import { describeRequest, type LoggedRequest } from "./request-log.ts";
import { deliverAnswer } from "./send-response.ts";

/** Options of {@link startMockServer}. */
export interface MockServerOptions extends MockOptions {
  /** 0, the default, takes any free port. */
  port?: number;
  /** `127.0.0.1` by default: reachable from this machine only. */
  host?: string;
  /** Sends JSON answers chunked, without `Content-Length`, in pieces of so many bytes. */
  chunkBytes?: number;
  /** Origin that pages may call from; `*` by default, `false` sends no CORS header. */
  corsOrigin?: string | false;
  /** Gets one line for each finished request, without key or prompt. */
  log?: (line: string) => void;
}

/** A running mock. */
export interface MockServer {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** Every request since the start or the last `reset()`, oldest first. */
  readonly requests: LoggedRequest[];
  /** Forgets requests, script positions and served pictures. */
  reset(): void;
  /** Stops at once, hanging connections included. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts a local server that answers `POST /v1/images/edits` like the real thing.
 *
 * @throws RangeError when `scenario` names none.
 * @example
 * const mock = await startMockServer({ scenario: "rate-limited x2, then ok" });
 * const client = createImageClient({ apiKey: "sk-mock", baseUrl: mock.url });
 * await mock.close();
 */
export async function startMockServer(options: MockServerOptions = {}): Promise<MockServer> {
  const { port = 0, host = "127.0.0.1", corsOrigin = "*", log } = options;
  const mock = createMock(
    {
      ...options,
      onRequest(entry) {
        options.onRequest?.(entry);
        log?.(describeRequest(entry));
      },
    },
    { hasSockets: true, loadKit: loadSharpKit },
  );

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const controller = new AbortController();
    response.once("close", () => controller.abort(new Error("The client went away.")));
    const headers = new Headers();
    for (let index = 0; index + 1 < request.rawHeaders.length; index += 2) {
      headers.append(request.rawHeaders[index] as string, request.rawHeaders[index + 1] as string);
    }
    if (request.method === "OPTIONS" && corsOrigin !== false) {
      return deliverAnswer(preflightAnswer(corsOrigin), response, {}, controller.signal);
    }
    const url = readUrl(request, host);
    const exchange = mock.begin({
      method: request.method ?? "GET",
      url,
      root: url.origin,
      path: url.pathname,
      headers,
      body: request,
      signal: controller.signal,
    });
    try {
      const answer = await exchange.answer();
      const cors = corsOrigin === false ? {} : corsHeaders(corsOrigin);
      const shaped = { ...answer, headers: { ...cors, ...answer.headers } };
      await deliverAnswer(shaped, response, options, controller.signal);
    } catch {
      // The client went away: `aborted` in the log says it.
      response.destroy();
    } finally {
      exchange.finish({ aborted: !response.writableFinished });
    }
  }

  // No limit on how long a request or an answer takes: an edit may well last ten minutes.
  const server = createServer({ requestTimeout: 0 }, (request, response) => void serve(request, response));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  const name = address.family === "IPv6" ? `[${address.address}]` : address.address;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    url: `http://${name}:${address.port}`,
    port: address.port,
    requests: mock.requests,
    reset: mock.reset,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** A target or a `Host` that makes no URL counts as an unknown path. */
function readUrl({ url = "/", headers }: IncomingMessage, host: string): URL {
  const text = `http://${headers.host ?? host}${url.startsWith("/") ? url : "/"}`;
  return URL.canParse(text) ? new URL(text) : new URL(`http://${host}/`);
}
