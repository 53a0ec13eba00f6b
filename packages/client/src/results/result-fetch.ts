import type { TrustedServer } from "./trusted-server.ts";

/** A function that fetches a result's URL without following redirects. `server` is the one that made it. */
export type ResultFetch = (
  url: string,
  init: { readonly signal: AbortSignal },
  server: TrustedServer,
) => Promise<Response>;
