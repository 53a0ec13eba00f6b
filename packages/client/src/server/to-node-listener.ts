import { nextTurn } from "../async/next-turn.ts";
import { isLoopback } from "../network/is-loopback.ts";
import { directBodyOf, offerDirectBody } from "./direct-body.ts";
import { markLoopback } from "./guards/check-host.ts";
import type { ImageEditHandler } from "./handler-options.ts";
import { drop, readMessage } from "./request/read-message.ts";

/** The part of Node's `IncomingMessage` that the listener reads, also of Express's and of Fastify's `request.raw`. */
export interface NodeRequest extends AsyncIterable<Uint8Array> {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  /** Express stores the path from before its routers here. */
  readonly originalUrl?: string | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The connection's addresses, which show whether it comes from this machine. */
  readonly socket?: { readonly localAddress?: string | undefined } | null | undefined;
  /** Complete body that a framework has already read. */
  readonly body?: unknown;
  /** Cuts the connection. */
  destroy?(): unknown;
}

/** The part of Node's `ServerResponse` that the listener writes to. */
export interface NodeResponse {
  readonly writableFinished: boolean;
  readonly destroyed: boolean;
  writeHead(status: number, headers: Record<string, string>): unknown;
  write(chunk: Uint8Array): boolean;
  /** Added by Express's `compression`, which holds data back until it is flushed. */
  flush?: (() => unknown) | undefined;
  end(): unknown;
  end(chunk: Uint8Array): unknown;
  destroy(): unknown;
  once(event: "close" | "drain", listener: () => void): unknown;
  off(event: "close" | "drain", listener: () => void): unknown;
}

/** A listener for `node:http`, Express and anything else that calls `(request, response)`. */
export type NodeListener = (request: NodeRequest, response: NodeResponse) => Promise<void>;

/**
 * Returns a listener for `node:http` and Express that calls a handler of web requests. When the page closes the
 * connection, the edit is aborted.
 *
 * @example
 * app.post("/api/image-edit", toNodeListener(createImageEditHandler({ apiKey, authorize })));
 */
export function toNodeListener(handler: ImageEditHandler): NodeListener {
  return async (message, response) => {
    const controller = new AbortController();
    const onClose = (): void => {
      if (!response.writableFinished)
        controller.abort(new DOMException("The page closed the connection.", "AbortError"));
    };
    response.once("close", onClose);
    const chunks = message.body instanceof Uint8Array ? one(message.body) : readMessage(message);
    try {
      const request = toRequest(message, chunks, controller.signal);
      const localAddress = message.socket?.localAddress?.replace(/^::ffff:/, "") ?? "";
      if (request && isLoopback(localAddress)) markLoopback(request);
      await send(request ? await handler(request) : new Response(null, methodNotAllowed), response);
      // The rest of a rejected form is read and dropped. Otherwise the page would see a cut instead of the response, and
      // the connection's next request would wait forever. `resume()` has no effect after an iterator.
      if (request?.body) void drop(chunks, message).catch(() => undefined);
    } catch {
      // The page or upstream stopped during the response: a cut connection shows that, a clean end would hide it.
      response.destroy();
    } finally {
      response.off("close", onClose);
    }
  };
}

const methodNotAllowed = { status: 405, headers: { allow: "POST" } };

/** Creates a web request, or returns undefined for a method that web requests do not support. */
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
  // HTTP/2 names it differently.
  const authority = message.headers[":authority"];
  if (typeof authority === "string" && !headers.has("host")) headers.set("host", authority);
  const path = message.originalUrl ?? message.url ?? "/";
  // The sender chooses the host; only its own origin check reads it. An invalid one must neither throw nor change
  // the path, which `authorize` may use.
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
  const request = new Request(url, init);
  offerDirectBody(request, chunks);
  return request;
}

function toBody(chunks: AsyncIterator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      // Not `return()`: that would destroy the connection before the response is sent.
    },
    { highWaterMark: 0 },
  );
}

async function* one(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body;
}

async function send(source: Response, response: NodeResponse): Promise<void> {
  if (response.destroyed) {
    // Not awaited: the request to upstream is aborted, and a full buffer would never drain.
    await source.body?.cancel();
    return;
  }
  const body = readerOf(source);
  const cancel = (): void => void body?.cancel().catch(() => undefined);
  response.once("close", cancel);
  const headers = Object.fromEntries(source.headers);
  const first = await body?.next();
  let pending = body && first?.done === false ? body.next() : undefined;
  if (pending && first?.done === false && (await isOver(pending, response))) {
    response.off("close", cancel);
    if (response.destroyed) return;
    response.writeHead(source.status, { "content-length": String(first.value.length), ...headers });
    response.end(first.value);
    return;
  }
  response.writeHead(source.status, headers);
  for (let step = first; body && step?.done === false; ) {
    const isRoomy = response.write(step.value);
    response.flush?.();
    if (!isRoomy) await drained(response);
    step = await (pending ?? body.next());
    pending = undefined;
  }
  response.off("close", cancel);
  if (response.destroyed) return;
  response.end();
}

/**
 * Returns whether nothing follows the first chunk: a short response is sent in one write then, with its length. It waits for
 * what has arrived already, and not for what is still to come.
 */
async function isOver(second: Promise<IteratorResult<unknown>>, { flush }: NodeResponse): Promise<boolean> {
  const ends = second.then(
    ({ done }) => done === true,
    // Thrown again where the rest is read.
    () => false,
  );
  // A middleware that compresses decides about the length.
  return flush === undefined && (await Promise.race([ends, nextTurn().then(() => false)]));
}

function readerOf(source: Response) {
  const { next, cancel } = directBodyOf(source) ?? {};
  if (next && cancel) return { next, cancel };
  const reader = source.body?.getReader();
  return reader && { next: () => reader.read(), cancel: () => reader.cancel() };
}

function drained(response: NodeResponse): Promise<void> {
  return new Promise((resolve) => {
    // The close was already reported.
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
