import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { corsHeaders, preflightResponse } from "./cors.ts";
import { createMock } from "./create-mock.ts";
import type { MockResponse } from "./mock-exchange.ts";
import type { MockOptions } from "./mock-options.ts";
import { loadSharpCodec } from "./render/codecs/sharp-codec.ts";
import { describeRequest, type LoggedRequest } from "./request-log.ts";
import { delay } from "./responses/delay.ts";

/** Options of {@link startMockServer}. */
export interface MockServerOptions extends MockOptions {
  /** 0, the default, takes any free port. */
  port?: number;
  /** `127.0.0.1` by default: reachable from this machine only. */
  host?: string;
  /** Sends JSON responses chunked, without `Content-Length`, in chunks of this many bytes. */
  chunkBytes?: number;
  /** Origin that pages may call from; `*` by default, `false` sends no CORS header. */
  corsOrigin?: string | false;
  /** Called with one line for each finished request, without key or prompt. */
  log?: (line: string) => void;
}

/** A running mock. */
export interface MockServer {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly url: string;
  /** The port that it listens on. */
  readonly port: number;
  /** Every request since the start or the last `reset()`, oldest first. */
  readonly requests: LoggedRequest[];
  /** Clears requests, script positions and served images. */
  reset(): void;
  /** Stops immediately, including hanging connections. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts a local server that responds to `POST /v1/images/edits` like the real one.
 *
 * @throws RangeError when `scenario` is not a scenario.
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
    { hasSockets: true, loadCodec: loadSharpCodec },
  );

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const controller = new AbortController();
    response.once("close", () => controller.abort(new Error("The client disconnected.")));
    const headers = new Headers();
    for (let index = 0; index + 1 < request.rawHeaders.length; index += 2) {
      headers.append(request.rawHeaders[index] as string, request.rawHeaders[index + 1] as string);
    }
    if (request.method === "OPTIONS" && corsOrigin !== false) {
      return sendResponse(preflightResponse(corsOrigin), response, {}, controller.signal);
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
      const mocked = await exchange.respond();
      const cors = corsOrigin === false ? {} : corsHeaders(corsOrigin);
      const withCors = { ...mocked, headers: { ...cors, ...mocked.headers } };
      await sendResponse(withCors, response, options, controller.signal);
    } catch {
      // The client disconnected, as `aborted` in the log says.
      response.destroy();
    } finally {
      exchange.finish({ aborted: !response.writableFinished });
    }
  }

  // No limit on the duration of a request or a response: an edit can take ten minutes.
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

/** Parses the URL of a request. An invalid target or `Host` counts as an unknown path. */
function readUrl({ url = "/", headers }: IncomingMessage, host: string): URL {
  const text = `http://${headers.host ?? host}${url.startsWith("/") ? url : "/"}`;
  return URL.canParse(text) ? new URL(text) : new URL(`http://${host}/`);
}

/** Sends a response with the fault of its scenario. Resolves when it is sent or aborted. */
async function sendResponse(
  { status, headers, body, fault }: MockResponse,
  response: ServerResponse,
  options: { chunkBytes?: number },
  signal: AbortSignal,
): Promise<void> {
  // One promise for the complete response: a listener for each chunk would be a leak.
  const aborted = untilAborted(signal);
  if (fault?.kind === "hang") return aborted;
  if (fault?.kind === "reset") {
    response.socket?.resetAndDestroy();
    return;
  }
  const whole = body instanceof Uint8Array ? body : undefined;
  const chunked = fault?.kind === "trickle" || options.chunkBytes !== undefined;
  const chunkSize =
    fault?.kind === "trickle" ? Math.ceil((whole?.length ?? 0) / fault.chunks) : options.chunkBytes;
  if (whole && !chunked) response.setHeader("content-length", whole.length);
  response.writeHead(status, headers);
  response.flushHeaders();
  const delayMs = fault?.kind === "trickle" ? fault.delayMs : 0;
  let remainingBytes = fault?.kind === "cut" ? fault.afterBytes : Number.POSITIVE_INFINITY;
  for await (const chunk of splitChunks(body, chunkSize)) {
    signal.throwIfAborted();
    const sent = chunk.subarray(0, remainingBytes);
    remainingBytes -= sent.length;
    if (!response.write(sent)) await Promise.race([once(response, "drain"), aborted]);
    if (remainingBytes === 0) break;
    if (delayMs > 0) await delay(delayMs, signal);
  }
  if (fault?.kind === "cut") {
    await flushed(response);
    response.destroy();
    return;
  }
  response.end();
  await Promise.race([once(response, "finish"), aborted]);
}

async function* splitChunks(body: MockResponse["body"], chunkSize: number | undefined) {
  const whole = body instanceof Uint8Array ? [body] : body;
  for await (const part of whole) {
    const step = Math.max(1, chunkSize ?? part.length);
    for (let offset = 0; offset < part.length; offset += step) yield part.subarray(offset, offset + step);
  }
}

/** Resolves when the client disconnects or the server closes. */
function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

/** Resolves when everything written so far is flushed to the socket. */
function flushed(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => response.write(new Uint8Array(), () => resolve()));
}
