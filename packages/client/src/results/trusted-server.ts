/** The server that made a result: what it serves itself is trusted as the server is. */
export interface TrustedServer {
  /** The base URL's origin. Empty if the server is unknown. */
  readonly origin: string;
  /** Whether plain http is accepted from any port of the server's own host: `allowInsecureHttp`. */
  readonly allowInsecureHttp?: boolean | undefined;
}

/** Returns whether a URL is on the server itself: on its origin or, where that is accepted, on plain http of its host. */
export function isTrusted(url: URL, { origin, allowInsecureHttp }: TrustedServer): boolean {
  if (url.origin === origin) return true;
  return allowInsecureHttp === true && url.protocol === "http:" && url.hostname === hostOf(origin);
}

function hostOf(origin: string): string | undefined {
  return origin === "" ? undefined : new URL(origin).hostname;
}

/**
 * Returns a result's URL in full: some servers give only its path. It is unchanged without a base, as behind an
 * image-edit proxy, which completes those of an upstream that a page can reach.
 */
export function resolveResultUrl(url: string, base: string | undefined): string {
  if (base === undefined || /^[a-z][\w+.-]*:/i.test(url)) return url;
  try {
    return new URL(url, `${base.replace(/\/+$/, "")}/`).href;
  } catch {
    return url; // refused when it is fetched, as an invalid URL
  }
}
