/** Fetches a result's URL without following redirects. `origin` is that of {@link DownloadContext}. */
export type ResultFetch = (
  address: string,
  init: { readonly signal: AbortSignal },
  origin: string,
) => Promise<Response>;
