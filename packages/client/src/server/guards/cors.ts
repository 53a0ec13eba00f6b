import { Refusal } from "../proxy-error.ts";

/**
 * Decides whether a page of this origin may post. A browser can not lie in `Sec-Fetch-Site` and `Origin`; what is no
 * browser sends neither, and is `authorize`'s business.
 */
export function checkOrigin(request: Request, allowedOrigins: readonly string[]): void {
  const site = request.headers.get("sec-fetch-site");
  const origin = request.headers.get("origin");
  if (origin !== null && allowedOrigins.includes(origin)) return;
  if (site === "same-origin" || site === "none") return;
  if (site === null && (origin === null || isOwn(origin, request))) return;
  throw new Refusal(
    403,
    "origin_not_allowed",
    "This origin may not use this address. Post from the same origin, or add yours to `allowedOrigins`.",
  );
}

// Behind a proxy that ends TLS the handler sees http where the page has https; a page on http never has a https handler.
function isOwn(origin: string, request: Request): boolean {
  const own = new URL(request.url);
  try {
    const { host, protocol } = new URL(origin);
    return (
      host === (request.headers.get("host") ?? own.host) &&
      (protocol === "https:" || own.protocol === protocol)
    );
  } catch {
    // `null` (a sandboxed frame, a local file) is no address, and nobody's own origin.
    return false;
  }
}

/** Names the headers that let a page of an allowed foreign origin read the answer. */
export function corsHeaders(request: Request, allowedOrigins: readonly string[]): Record<string, string> {
  const origin = request.headers.get("origin");
  if (origin === null || !allowedOrigins.includes(origin)) return {};
  return {
    "access-control-allow-origin": origin,
    "access-control-allow-credentials": "true",
    "access-control-expose-headers": "x-request-id, x-retouch-outcome, retry-after, retry-after-ms",
    vary: "origin",
  };
}
