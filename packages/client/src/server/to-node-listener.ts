import { nextTurn } from "../async/next-turn.ts";
import { offerDirectBody } from "./direct-body.ts";
import type { ImageEditHandler } from "./handler-options.ts";
import type { NodeRequest, NodeResponse } from "./node-message.ts";
import { hasNoBody, headersOf, isFromHere, markLoopback, readMessageHead, urlOf } from "./page-request.ts";
import { type PageResponse, readResponse, responderOf } from "./page-response.ts";
import { drop, type MessageChunks, readMessage } from "./request/read-message.ts";

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
  const responder = responderOf(handler);
  return async (message, response) => {
    const controller = new AbortController();
    const onClose = (): void => {
      if (!response.writableFinished)
        controller.abort(new DOMException("The page closed the connection.", "AbortError"));
    };
    response.once("close", onClose);
    const chunks = message.body instanceof Uint8Array ? one(message.body) : readMessage(message);
    const { method = "GET" } = message;
    try {
      const respond = async (): Promise<PageResponse | Response> => {
        // Web requests do not support these.
        if (/^(connect|trace|track)$/i.test(method)) return new Response(null, methodNotAllowed);
        return responder
          ? responder(readMessageHead(message, chunks, controller.signal))
          : handler(toRequest(message, chunks, controller.signal));
      };
      await send(await respond(), response);
      // The rest of a rejected form is read and dropped. Otherwise the page would see a cut instead of the response, and
      // the connection's next request would wait forever. `resume()` has no effect after an iterator.
      if (!hasNoBody(method) && message.readableEnded !== true)
        void drop(chunks, message).catch(() => undefined);
    } catch {
      // The page or upstream stopped during the response: a cut connection shows that, a clean end would hide it.
      response.destroy();
    } finally {
      response.off("close", onClose);
    }
  };
}

const methodNotAllowed = { status: 405, headers: { allow: "POST" } };

function toRequest(message: NodeRequest, chunks: MessageChunks, signal: AbortSignal): Request {
  const { method = "GET" } = message;
  const init: RequestInit & { duplex?: "half" } = { method, headers: headersOf(message), signal };
  if (!hasNoBody(method)) Object.assign(init, { body: toBody(chunks), duplex: "half" });
  const request = new Request(urlOf(message), init);
  offerDirectBody(request, chunks);
  if (isFromHere(message)) markLoopback(request);
  return request;
}

function toBody(chunks: MessageChunks): ReadableStream<Uint8Array> {
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

async function send(source: PageResponse | Response, response: NodeResponse): Promise<void> {
  const { status, headers, body } = readResponse(source);
  if (response.destroyed) {
    // Not awaited: the request to upstream is aborted, and a full buffer would never drain.
    await body?.cancel();
    return;
  }
  const cancel = (): void => void body?.cancel().catch(() => undefined);
  response.once("close", cancel);
  const first = await body?.next();
  let pending = body && first?.done === false ? body.next() : undefined;
  if (pending && first?.done === false && (await isOver(pending, response))) {
    response.off("close", cancel);
    if (response.destroyed) return;
    response.writeHead(status, { "content-length": String(first.value.length), ...headers });
    response.end(first.value);
    return;
  }
  response.writeHead(status, headers);
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
