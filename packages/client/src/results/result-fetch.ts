/** A function that fetches a result's URL without following redirects. `origin` is that of {@link DownloadContext}. */
export type ResultFetch = (
  url: string,
  init: { readonly signal: AbortSignal },
  origin: string,
) => Promise<Response>;
