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
  /** Whether the body was read to its end. */
  readonly readableEnded?: boolean | undefined;
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
