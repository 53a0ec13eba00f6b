/** A request as the mock sees it, on a socket or under msw. */
export interface MockRequest {
  method: string;
  url: URL;
  /** Absolute URL in front of {@link path}, without a slash at the end: result pictures are served below it. */
  root: string;
  /** Path below the root, without query: `/v1/images/edits`. */
  path: string;
  headers: Headers;
  body: AsyncIterable<Uint8Array>;
  /** Aborts when the client goes away. */
  signal: AbortSignal;
}

/** How an answer misbehaves on the wire; only a socket can do it. */
type WireFault =
  /** Nothing is ever answered. */
  | { kind: "hang" }
  /** The connection is reset before the first byte of an answer. */
  | { kind: "reset" }
  /** The body is cut off after so many bytes; `Content-Length` promised more. */
  | { kind: "cut"; afterBytes: number }
  /** The body arrives in so many pieces with a pause between them. */
  | { kind: "trickle"; pieces: number; pauseMs: number };

/** An answer before it is delivered. A body of pieces is streamed, chunked, as it is made. */
export interface MockAnswer {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array<ArrayBuffer> | AsyncIterable<Uint8Array<ArrayBuffer>>;
  fault?: WireFault;
}

/** Builds a JSON answer. */
export function jsonAnswer(status: number, value: unknown, headers: Record<string, string> = {}): MockAnswer {
  return {
    status,
    headers: { "content-type": "application/json", ...headers },
    body: new TextEncoder().encode(JSON.stringify(value)),
  };
}
