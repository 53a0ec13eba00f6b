/** Where a result came from, which decides what of it is trusted. */
export interface ResultOrigin {
  /** The base URL's own origin: an address there is as good as the server itself. */
  readonly origin: string;
  readonly fetch: typeof globalThis.fetch | undefined;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly requestId: string | undefined;
}
