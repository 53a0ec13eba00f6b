import { directBodyOf, offerDirectBody } from "./direct-body.ts";
import type { ImageEditHandler } from "./handler-options.ts";
import type { PageRequest } from "./page-request.ts";

/** A body that is read chunk by chunk by the code that sends it to the page. */
export interface ForwardedBody {
  next(): Promise<IteratorResult<Uint8Array, undefined>>;
  cancel(): Promise<void>;
}

/** The proxy's response to a page. On Node it is written as it is, without a web `Response`. */
export class PageResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | ForwardedBody;

  constructor(status: number, headers: Readonly<Record<string, string>>, body: string | ForwardedBody) {
    this.status = status;
    this.headers = headers;
    this.body = body;
  }
}

/** Responds to a page on any platform; jobs respond with web responses. */
export type Responder = (request: PageRequest) => Promise<PageResponse | Response>;

const responders = new WeakMap<ImageEditHandler, Responder>();

/** Remembers what responds for a handler. */
export function offerResponder(handler: ImageEditHandler, responder: Responder): void {
  responders.set(handler, responder);
}

/** Returns what responds for a handler that this package created; a wrapper of one gets web requests. */
export function responderOf(handler: ImageEditHandler): Responder | undefined {
  return responders.get(handler);
}

/** Returns a response as a web `Response`. */
export function toWebResponse(response: PageResponse | Response): Response {
  if (!(response instanceof PageResponse)) return response;
  const { status, headers, body } = response;
  if (typeof body === "string") return new Response(body, { status, headers });
  const web = new Response(streamOf(body), { status, headers });
  offerDirectBody(web, body);
  return web;
}

/** Returns a response as it is written on Node. */
export function readResponse(
  response: PageResponse | Response,
): Pick<PageResponse, "status" | "headers"> & { readonly body: ForwardedBody | undefined } {
  const { status } = response;
  if (response instanceof PageResponse) {
    const { headers, body } = response;
    return { status, headers, body: typeof body === "string" ? bodyOf(body) : body };
  }
  const headers = Object.fromEntries(response.headers);
  const { next, cancel } = directBodyOf(response) ?? {};
  if (next && cancel) return { status, headers, body: { next, cancel } as ForwardedBody };
  const reader = response.body?.getReader();
  const body = reader && {
    next: () => reader.read() as ReturnType<ForwardedBody["next"]>,
    cancel: () => reader.cancel(),
  };
  return { status, headers, body };
}

function bodyOf(text: string): ForwardedBody {
  let rest = [new TextEncoder().encode(text)];
  return {
    async next() {
      const value = rest.pop();
      return value ? { done: false, value } : { done: true, value: undefined };
    },
    async cancel() {
      rest = [];
    },
  };
}

/** Returns the web stream of a body. It takes nothing ahead, so that the body can be read beside it. */
function streamOf({ next, cancel }: ForwardedBody): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel,
    },
    { highWaterMark: 0 },
  );
}
