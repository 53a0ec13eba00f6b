/** A request as the mock sees it, on a socket or under msw. */
export interface MockRequest {
  method: string;
  url: URL;
  /** Absolute URL before {@link path}, without a trailing slash. Result images are served below it. */
  root: string;
  /** Path below the root, without query: `/v1/images/edits`. */
  path: string;
  headers: Headers;
  body: AsyncIterable<Uint8Array>;
  /** Aborts when the client disconnects. */
  signal: AbortSignal;
}

/** Fault of a response on the wire, which only a socket can produce. */
type WireFault =
  /** No response is ever sent. */
  | { kind: "hang" }
  /** The connection is reset before the first byte of a response. */
  | { kind: "reset" }
  /** The body is cut after this many bytes, fewer than `Content-Length`. */
  | { kind: "cut"; afterBytes: number }
  /** The body is sent in this many chunks with a delay between them. */
  | { kind: "trickle"; chunks: number; delayMs: number };

/** Response before it is sent. An iterable body is streamed, chunked, as it is created. */
export interface MockResponse {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array<ArrayBuffer> | AsyncIterable<Uint8Array<ArrayBuffer>>;
  fault?: WireFault;
}

/** Creates a JSON response. */
export function jsonResponse(
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): MockResponse {
  return {
    status,
    headers: { "content-type": "application/json", ...headers },
    body: new TextEncoder().encode(JSON.stringify(value)),
  };
}
