import { isLoopback } from "../network/is-loopback.ts";
import { markLoopback } from "./guards/check-host.ts";
import type { ImageEditHandler } from "./handler-options.ts";

/** What the listener reads of Node's `IncomingMessage`, of Express's and of Fastify's `request.raw`. */
export interface NodeRequest extends AsyncIterable<Uint8Array> {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  /** Express keeps the path from before its routers here. */
  readonly originalUrl?: string | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Tells whether the connection is one of this machine to itself. */
  readonly socket?: { readonly localAddress?: string | undefined } | null | undefined;
  /** A whole body that a framework has read already. */
  readonly body?: unknown;
}

/** What the listener writes to of Node's `ServerResponse`. */
export interface NodeResponse {
  readonly writableFinished: boolean;
  readonly destroyed: boolean;
  writeHead(status: number, headers: Record<string, string>): unknown;
  write(chunk: Uint8Array): boolean;
  /** Express's `compression` adds it, and holds back what nobody flushes. */
  flush?: (() => unknown) | undefined;
  end(): unknown;
  destroy(): unknown;
  once(event: "close" | "drain", listener: () => void): unknown;
  off(event: "close" | "drain", listener: () => void): unknown;
}

/** A listener for `node:http`, Express and whatever calls `(request, response)`. */
export type NodeListener = (request: NodeRequest, response: NodeResponse) => Promise<void>;

/**
 * Turns a handler of web requests into a listener of `node:http` and Express. A page that goes away aborts the edit.
 *
 * @example
 * app.post("/api/image-edit", toNodeListener(createImageEditHandler({ apiKey, authorize })));
 */
export function toNodeListener(handler: ImageEditHandler): NodeListener {
  return async (message, response) => {
    const controller = new AbortController();
    const onClose = (): void => {
      if (!response.writableFinished) controller.abort(new DOMException("The page went away.", "AbortError"));
    };
    response.once("close", onClose);
    const chunks = message.body instanceof Uint8Array ? one(message.body) : message[Symbol.asyncIterator]();
    try {
      const request = toRequest(message, chunks, controller.signal);
      const localAddress = message.socket?.localAddress?.replace(/^::ffff:/, "") ?? "";
      if (request && isLoopback(localAddress)) markLoopback(request);
      await send(request ? await handler(request) : new Response(null, methodNotAllowed), response);
      // What is left of a form that was refused is read and dropped, or the page would see a cut instead of the answer,
      // and the connection's next request would wait for ever. `resume()` would do nothing behind an iterator.
      if (request?.body) void drop(chunks).catch(() => undefined);
    } catch {
      // The page, or upstream, broke off in the middle of the answer: a cut connection says so, a clean end would lie.
      response.destroy();
    } finally {
      response.off("close", onClose);
    }
  };
}

const methodNotAllowed = { status: 405, headers: { allow: "POST" } };

/** Makes a web request, or nothing of a method that no web request has. */
function toRequest(
  message: NodeRequest,
  chunks: AsyncIterator<Uint8Array>,
  signal: AbortSignal,
): Request | undefined {
  const headers = new Headers();
  for (const [name, value] of Object.entries(message.headers)) {
    if (value === undefined || name.startsWith(":")) continue;
    for (const one of Array.isArray(value) ? value : [value]) headers.append(name, one);
  }
  const method = message.method ?? "GET";
  if (/^(connect|trace|track)$/i.test(method)) return undefined;
  // HTTP/2 has it under another name.
  const authority = message.headers[":authority"];
  if (typeof authority === "string" && !headers.has("host")) headers.set("host", authority);
  const path = message.originalUrl ?? message.url ?? "/";
  // The host is the sender's word; only its own origin check reads it. One that is no host must neither throw nor change
  // the path, by which `authorize` may decide.
  const host = `http://${headers.get("host")}`;
  const base =
    /^http:\/\/(\[[\da-f:.]+\]|[^\s/?#@\\[\]]+)$/i.test(host) && headers.has("host") && URL.canParse(host)
      ? host
      : "http://localhost";
  const url = new URL(path.startsWith("/") ? `${base}${path}` : "/", base);
  if (method === "GET" || method === "HEAD") return new Request(url, { method, headers, signal });
  const init: RequestInit & { duplex: "half" } = {
    method,
    headers,
    signal,
    body: toBody(chunks),
    duplex: "half",
  };
  return new Request(url, init);
}

function toBody(chunks: AsyncIterator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    // Not `return()`: that would destroy the connection before the answer is out.
  });
}

async function drop(chunks: AsyncIterator<Uint8Array>): Promise<void> {
  let isOver: boolean | undefined;
  while (!isOver) isOver = (await chunks.next()).done;
}

async function* one(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body;
}

async function send(source: Response, response: NodeResponse): Promise<void> {
  if (response.destroyed) {
    // Nobody waits for it: upstream is cut off, and a full buffer would never drain.
    await source.body?.cancel();
    return;
  }
  response.writeHead(source.status, Object.fromEntries(source.headers));
  const reader = source.body?.getReader();
  const cancel = (): void => void reader?.cancel().catch(() => undefined);
  response.once("close", cancel);
  while (reader) {
    const { done, value } = await reader.read();
    if (done) break;
    const isRoomy = response.write(value);
    response.flush?.();
    if (!isRoomy) await drained(response);
  }
  response.off("close", cancel);
  if (response.destroyed) return;
  response.end();
}

function drained(response: NodeResponse): Promise<void> {
  return new Promise((resolve) => {
    // Its close has been told already.
    if (response.destroyed) resolve();
    const done = (): void => {
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    response.once("drain", done);
    response.once("close", done);
  });
}
