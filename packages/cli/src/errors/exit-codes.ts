import { type FailureFacts, failureFacts } from "./error-details.ts";

/** What each exit code of `retouch` means; the whole list is printed by `retouch --help`. */
export const exitCodes = {
  ok: 0,
  internal: 1,
  usage: 2,
  batchFailed: 3,
  auth: 4,
  quota: 5,
  policy: 6,
  network: 7,
  unknown: 8,
  budget: 9,
  outputExists: 10,
  interrupted: 130,
  terminated: 143,
} as const;

/** Words in a server's error code that tell a spent budget or too many requests, whatever the status. */
const quotaCode = /quota|billing|insufficient_(?:funds|balance|credit)|rate_?limit|credit/;
const policyCode = /moderation|content_policy|content_filter|safety|policy_violation/;
const authCode = /invalid_api_key|missing_api_key|invalid_authentication|authentication_error|unauthorized/;

function rejectedCode({ status, code = "" }: FailureFacts): number {
  if (policyCode.test(code)) return exitCodes.policy;
  if (status === 429 || status === 402 || quotaCode.test(code)) return exitCodes.quota;
  if (status === 401 || status === 403 || authCode.test(code)) return exitCodes.auth;
  return exitCodes.internal;
}

/** Decides the exit code of a failed edit from the error alone. */
export function exitCodeOf(error: unknown): number {
  const facts = failureFacts(error);
  if (facts.exitCode !== undefined) return facts.exitCode;
  if (facts.kind === "invalid-input") return exitCodes.usage;
  if (facts.kind === "configuration") {
    return authCode.test(facts.code ?? "") || /api_?key/.test(facts.code ?? "")
      ? exitCodes.auth
      : exitCodes.usage;
  }
  if (facts.outcome === "unknown") return exitCodes.unknown;
  if (facts.outcome === "rejected") return rejectedCode(facts);
  if (facts.outcome === "not-sent") return exitCodes.network;
  return exitCodes.internal;
}
