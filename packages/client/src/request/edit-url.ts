import { createFinalURL } from "openapi-fetch";

import type { Target } from "../config/base-url.ts";

/**
 * Builds the URL of an edit with openapi-fetch. Only the URL: the body bypasses it, because a platform `Request` would
 * buffer the images.
 */
export function editUrl({ root, path, query }: Target): string {
  const entries = Object.entries(query ?? {}).filter(([, value]) => value !== undefined);
  const search = new URLSearchParams(entries).toString();
  return createFinalURL(path, {
    baseUrl: root,
    params: {},
    querySerializer: () => search,
    pathSerializer: (pathname) => pathname,
  });
}
