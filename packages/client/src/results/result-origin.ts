/** Fetches a result's URL without following redirects. `origin` is that of {@link ResultOrigin}. */
export type ResultFetch = (
  address: string,
  init: { readonly signal: AbortSignal },
  origin: string,
) => Promise<Response>;

/** Where a result came from, which decides what of it is trusted. */
export interface ResultOrigin {
  /** The base URL's own origin: an address there is as good as the server itself. */
  readonly origin: string;
  readonly fetch: typeof globalThis.fetch | undefined;
  /** Fetches where no `fetch` is given: on Node, what checks the addresses that names resolve to. */
  readonly fetchUrl?: ResultFetch | undefined;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly requestId: string | undefined;
}
