import type { MockAnswer } from "./mock-exchange.ts";

/** Headers of an answer that a page may read. `*` names none of them for requests with a key, so they are listed. */
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

/** Lets pages of `origin` read an answer. */
export function corsHeaders(origin: string): Record<string, string> {
  return {
    "access-control-allow-origin": origin,
    "access-control-expose-headers": exposed,
    ...(origin === "*" ? {} : { vary: "origin" }),
  };
}

/**
 * Answers a CORS preflight as a vendor does: `authorization` and the body's type, and nothing that an SDK might add. The
 * wildcard would not cover `authorization` (Fetch standard, 3.3.3).
 */
export function preflightAnswer(origin: string): MockAnswer {
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
