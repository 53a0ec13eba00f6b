import type { Deadline } from "../../async/deadline.ts";
import { maxDelayMs } from "../../request/retry-after.ts";
import type { ImageEditHandlerOptions } from "../handler-options.ts";
import type { PageRequest } from "../page-request.ts";
import { ProxyError } from "../proxy-error.ts";

/** Calls `authorize`, then `rateLimit`. Both see URL and headers; the body stays unread. */
export async function authorizeRequest(
  { head }: Pick<PageRequest, "head">,
  options: ImageEditHandlerOptions,
  deadline: Deadline,
): Promise<void> {
  if (options.authorize !== "public") {
    // Exactly `true`: a promise that was not awaited, or a user object, must not grant access.
    const verdict: unknown = await deadline.race(options.authorize(head()));
    if (verdict !== true)
      throw new ProxyError(401, "not_authorized", "You may not edit images here. Sign in, then try again.");
  }
  if (!options.rateLimit) return;
  const { allowed, retryAfterMs } = await deadline.race(options.rateLimit(head()));
  if (allowed === true) return;
  const wait =
    typeof retryAfterMs === "number" && !Number.isNaN(retryAfterMs)
      ? Math.min(Math.max(0, Math.ceil(retryAfterMs)), maxDelayMs)
      : undefined;
  const retry =
    wait === undefined
      ? {}
      : { "retry-after": String(Math.ceil(wait / 1_000)), "retry-after-ms": String(wait) };
  throw new ProxyError(429, "rate_limited", "Too many edits. Wait, then try again.", {
    headers: retry,
  });
}
