import type { PageRequest } from "../page-request.ts";
import { ProxyError } from "../proxy-error.ts";
import { ownHeaders } from "../response/own-headers.ts";

/**
 * Rejects pages of other origins. A browser cannot forge `Sec-Fetch-Site` and `Origin`. Clients that are not a
 * browser send neither; `authorize` decides about them.
 */
export function checkOrigin(
  request: Pick<PageRequest, "url" | "headers">,
  allowedOrigins: readonly string[],
): void {
  const site = request.headers.get("sec-fetch-site");
  const origin = request.headers.get("origin");
  if (origin !== null && allowedOrigins.includes(origin)) return;
  if (site === "same-origin") return;
  // `none` is what a person started, such as a bookmark: a page of another origin is not that.
  if ((site === null || site === "none") && (origin === null || isOwn(origin, request))) return;
  throw new ProxyError(
    403,
    "origin_not_allowed",
    "Pages of this origin may not use this URL. Post from the same origin, or add yours to `allowedOrigins`.",
  );
}

// Behind a proxy that terminates TLS, the handler sees http where the page has https. An http page never has an https handler.
function isOwn(origin: string, request: Pick<PageRequest, "url" | "headers">): boolean {
  const own = new URL(request.url);
  try {
    const { host, protocol } = new URL(origin);
    return (
      host === (request.headers.get("host") ?? own.host) &&
      (protocol === "https:" || own.protocol === protocol)
    );
  } catch {
    // `null` (a sandboxed frame, a local file) is not a URL, and not the server's own origin.
    return false;
  }
}

/** Returns the headers that let a page of an allowed foreign origin read the response. */
export function corsHeaders(
  request: Pick<PageRequest, "url" | "headers">,
  allowedOrigins: readonly string[],
): Record<string, string> {
  const origin = request.headers.get("origin");
  if (origin === null || !allowedOrigins.includes(origin)) return {};
  return {
    "access-control-allow-origin": origin,
    "access-control-allow-credentials": "true",
    "access-control-expose-headers":
      "x-request-id, x-retouch-outcome, x-retouch-task, x-retouch-job, x-retouch-cut, retry-after, retry-after-ms",
    vary: "origin",
  };
}

/** Responds to a CORS preflight. */
export function respondToCorsPreflight(
  request: Pick<PageRequest, "url" | "headers">,
  allowedOrigins: readonly string[],
  methods: string,
): Response {
  const cors = corsHeaders(request, allowedOrigins);
  if (cors["access-control-allow-origin"] === undefined) {
    throw new ProxyError(405, "method_not_allowed", "Send a POST.", { headers: { allow: methods } });
  }
  const headers = {
    "access-control-allow-methods": methods,
    "access-control-allow-headers": "authorization, content-type, idempotency-key, accept, x-retouch-attempt",
    "access-control-max-age": "600",
  };
  return new Response(null, { status: 204, headers: { ...ownHeaders, ...cors, ...headers } });
}
