import type { MockResponse } from "./mock-exchange.ts";

/** Response headers that a page may read. `*` does not cover requests with a key, so they are listed. */
const exposed = [
  "x-request-id",
  "openai-processing-ms",
  "retry-after",
  "retry-after-ms",
  "x-should-retry",
  "x-mock-scenario",
  "x-ratelimit-limit-requests",
  "x-ratelimit-remaining-requests",
  "x-ratelimit-reset-requests",
].join(", ");

/** Returns the headers that let pages of `origin` read a response. */
export function corsHeaders(origin: string): Record<string, string> {
  return {
    "access-control-allow-origin": origin,
    "access-control-expose-headers": exposed,
    ...(origin === "*" ? {} : { vary: "origin" }),
  };
}

/**
 * Returns the response to a CORS preflight as a vendor does: it allows `authorization` and the content type, and nothing
 * that an SDK might add. The wildcard does not cover `authorization`.
 *
 * @see https://fetch.spec.whatwg.org/#http-new-header-syntax
 */
export function preflightResponse(origin: string): MockResponse {
  return {
    status: 204,
    headers: {
      ...corsHeaders(origin),
      "access-control-allow-methods": "GET, POST, OPTIONS",
      "access-control-allow-headers": "authorization, content-type, x-mock-scenario",
      "access-control-max-age": "600",
    },
    body: new Uint8Array(),
  };
}
