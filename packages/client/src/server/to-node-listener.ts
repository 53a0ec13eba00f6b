import type { ImageEditHandler } from "./proxy-options.ts";

/** What the listener reads of Node's `IncomingMessage`, of Express's and of Fastify's `request.raw`. */
export interface NodeRequest extends AsyncIterable<Uint8Array> {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  /** Express keeps the path from before its routers here. */
  readonly originalUrl?: string | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** A whole body that a framework has read already. */
  readonly body?: unknown;
  resume(): unknown;
}

/** What the listener writes to of Node's `ServerResponse`. */
export interface NodeResponse {
  readonly writableFinished: boolean;
  readonly destroyed: boolean;
  writeHead(status: number, headers: Record<string, string>): unknown;
  write(piece: Uint8Array): boolean;
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
    try {
      const answer = await handler(toRequest(message, controller.signal));
      await send(answer, response);
      // What is left of a form that was refused early is read and dropped, or the page would see a cut instead of the answer.
      message.resume();
    } catch {
      // The page, or upstream, broke off in the middle of the answer: a cut connection says so, a clean end would lie.
      response.destroy();
    } finally {
      response.off("close", onClose);
    }
  };
}

function toRequest(message: NodeRequest, signal: AbortSignal): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(message.headers)) {
    if (value === undefined || name.startsWith(":")) continue;
    for (const one of Array.isArray(value) ? value : [value]) headers.append(name, one);
  }
  const method = message.method ?? "GET";
  const path = message.originalUrl ?? message.url ?? "/";
  // The host is the sender's word; only its own origin check reads it. A host that is no host must not throw here.
  const base = URL.canParse(`http://${headers.get("host")}`)
    ? `http://${headers.get("host")}`
    : "http://localhost";
  const url = new URL(path.startsWith("/") ? `${base}${path}` : "/", base);
  if (method === "GET" || method === "HEAD") return new Request(url, { method, headers, signal });
  const init: RequestInit & { duplex: "half" } = {
    method,
    headers,
    signal,
    body: toBody(message),
    duplex: "half",
  };
  return new Request(url, init);
}

function toBody(message: NodeRequest): ReadableStream<Uint8Array> {
  const pieces = message.body instanceof Uint8Array ? one(message.body) : message[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    // Not `return()`: that would destroy the connection before the answer is out.
  });
}

async function* one(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body;
}

async function send(answer: Response, response: NodeResponse): Promise<void> {
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  const reader = answer.body?.getReader();
  const cancel = (): void => void reader?.cancel().catch(() => undefined);
  response.once("close", cancel);
  while (reader) {
    const { done, value } = await reader.read();
    if (done) break;
    if (!response.write(value)) await drained(response);
  }
  response.off("close", cancel);
  if (response.destroyed) return;
  response.end();
}

function drained(response: NodeResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    response.once("drain", done);
    response.once("close", done);
  });
}
