import { isLoopback } from "../network/is-loopback.ts";
import { directBodyOf } from "./direct-body.ts";
import type { NodeRequest } from "./node-message.ts";
import type { MessageChunks } from "./request/read-message.ts";

/**
 * What the proxy reads of a request. On Node it is read from the message itself: a web `Request` with its headers, signal and
 * stream took a fifth of the CPU of a small edit, and only the functions of the options see one.
 */
export interface PageRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Pick<Headers, "get">;
  /** Aborts when the page closes the connection. */
  readonly signal: AbortSignal;
  /** Whether it comes from this machine, as {@link toNodeListener} sees it. */
  readonly isLoopback?: boolean;
  /** Reads the body, of which nothing was read; `undefined` if there is none. */
  readonly read: MessageChunks["next"] | undefined;
  /** Reads the body in one call, where that is possible. */
  readonly readTo?: MessageChunks["readTo"];
  /** Creates a web request of it, without the body. */
  head(): Request;
}

/** Web requests from this machine, as seen by {@link toNodeListener}. */
const loopbackRequests = new WeakSet<Request>();

/** Marks a web request as coming from this machine. */
export function markLoopback(request: Request): void {
  loopbackRequests.add(request);
}

/** Returns what the proxy reads of a web request. */
export function readRequest(request: Request): PageRequest {
  const { method, url, headers, signal } = request;
  const direct = directBodyOf(request);
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  const read = async () => {
    reader ??= request.body?.getReader();
    // A step without `value` is the last one.
    return (await reader?.read()) as IteratorResult<Uint8Array, undefined>;
  };
  return {
    method,
    url,
    headers,
    signal,
    isLoopback: loopbackRequests.has(request),
    read: direct ? () => direct.next() : request.body ? read : undefined,
    head: () => new Request(url, { method, headers, signal }),
  };
}

/** Returns what the proxy reads of a message of Node. */
export function readMessageHead(
  message: NodeRequest,
  chunks: MessageChunks,
  signal: AbortSignal,
): PageRequest {
  return new MessageHead(message, chunks, signal);
}

/** A class: a literal with an accessor costs a hidden class, which keeps what the accessor sees alive. */
class MessageHead implements PageRequest {
  readonly method: string;
  readonly headers: PageRequest["headers"];
  readonly signal: AbortSignal;
  readonly isLoopback: boolean;
  readonly read: PageRequest["read"];
  readonly readTo: PageRequest["readTo"];
  readonly head: PageRequest["head"];
  readonly #message: NodeRequest;
  #url: string | undefined;

  constructor(message: NodeRequest, chunks: MessageChunks, signal: AbortSignal) {
    const { method = "GET" } = message;
    const head = (): Request => new Request(this.url, { method, headers: headersOf(message), signal });
    this.method = method;
    this.headers = { get: (name) => headerOf(message, name) ?? null };
    this.signal = signal;
    this.isLoopback = isFromHere(message);
    this.read = hasNoBody(method) ? undefined : chunks.next.bind(chunks);
    this.readTo = hasNoBody(method) ? undefined : chunks.readTo?.bind(chunks);
    this.head = head;
    this.#message = message;
  }

  get url(): string {
    this.#url ??= urlOf(this.#message).href;
    return this.#url;
  }
}

/** Returns whether the connection comes from this machine. */
export function isFromHere({ socket }: NodeRequest): boolean {
  return isLoopback(socket?.localAddress?.replace(/^::ffff:/, "") ?? "");
}

/** Returns whether a web request of this method cannot have a body. */
export function hasNoBody(method: string): boolean {
  return method === "GET" || method === "HEAD";
}

function headerOf({ headers }: NodeRequest, name: string): string | undefined {
  // HTTP/2 names the host differently.
  const value = headers[name] ?? (name === "host" ? headers[":authority"] : undefined);
  return typeof value === "string" ? value : value?.join(", ");
}

/** Returns the headers of a message of Node as web headers. */
export function headersOf(message: NodeRequest): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(message.headers)) {
    if (value === undefined || name.startsWith(":")) continue;
    for (const one of Array.isArray(value) ? value : [value]) headers.append(name, one);
  }
  const host = headerOf(message, "host");
  if (host !== undefined) headers.set("host", host);
  return headers;
}

/** Returns the URL of a message of Node. */
export function urlOf(message: NodeRequest): URL {
  const path = message.originalUrl ?? message.url ?? "/";
  // The sender chooses the host; only its own origin check reads it. An invalid one must neither throw nor change
  // the path, which `authorize` may use.
  const host = headerOf(message, "host");
  const origin = `http://${host}`;
  const isHost = host !== undefined && /^http:\/\/(\[[\da-f:.]+\]|[^\s/?#@\\[\]]+)$/i.test(origin);
  const base = isHost && URL.canParse(origin) ? origin : "http://localhost";
  return new URL(path.startsWith("/") ? `${base}${path}` : "/", base);
}
