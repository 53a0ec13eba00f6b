import { Refusal } from "../proxy-error.ts";
import { ownHeaders } from "../request-context.ts";
import { corsHeaders } from "./cors.ts";

/** Answers a browser that asks whether a page of another origin may post. */
export function answerPreflight(request: Request, allowedOrigins: readonly string[]): Response {
  const cors = corsHeaders(request, allowedOrigins);
  if (cors["access-control-allow-origin"] === undefined) {
    throw new Refusal(405, "method_not_allowed", "Send a POST.", { headers: { allow: "POST" } });
  }
  const headers = {
    "access-control-allow-methods": "POST",
    "access-control-allow-headers": "authorization, content-type, idempotency-key, accept, x-retouch-attempt",
    "access-control-max-age": "600",
  };
  return new Response(null, { status: 204, headers: { ...ownHeaders, ...cors, ...headers } });
}
