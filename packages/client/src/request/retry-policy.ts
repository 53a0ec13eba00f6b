import type { TransportResponse } from "../transport.ts";

/** What is known about a failed attempt. */
export interface FailedAttempt {
  /** Counts from 1. */
  readonly attempt: number;
  readonly maxRetries: number;
  /** The answer's status; absent when there was none. */
  readonly status?: number | undefined;
  readonly outcome: "not-sent" | "rejected" | "unknown";
  readonly code?: string | undefined;
  readonly type?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  /** The server's `x-should-retry`. */
  readonly shouldRetry?: boolean | undefined;
  /** What is left of the whole call's time. */
  readonly remainingMs: number;
}

/**
 * Decides how long to wait before another attempt, in milliseconds, or `undefined` to stop. Tries again only what can
 * not have made a picture: a request that was not sent, and a 429 that waiting can mend.
 */
export function decideRetry(failed: FailedAttempt, random: () => number = Math.random): number | undefined {
  const { attempt, maxRetries, status, outcome } = failed;
  if (attempt > maxRetries) return undefined;
  if (status === undefined ? outcome !== "not-sent" : status !== 429) return undefined;
  if (failed.shouldRetry === false || isOutOfQuota(failed)) return undefined;
  const backoffMs = Math.min(8_000, 500 * 2 ** (attempt - 1)) * (1 - random() / 4);
  const delayMs = failed.retryAfterMs ?? backoffMs;
  return delayMs < failed.remainingMs ? delayMs : undefined;
}

function isOutOfQuota({ code, type }: FailedAttempt): boolean {
  return [code, type].some((word) => word === "insufficient_quota" || word === "insufficient_user_quota");
}

/** Reads how long a server asks to wait: `retry-after-ms`, or `retry-after` in seconds or as an HTTP date (RFC 9110, 10.2.3). */
export function readRetryAfterMs(headers: TransportResponse["headers"], nowMs: number): number | undefined {
  const inMs = headers.get("retry-after-ms")?.trim();
  if (inMs && isNumber(inMs)) return Number(inMs);
  const after = headers.get("retry-after")?.trim();
  if (!after) return undefined;
  if (isNumber(after)) return Number(after) * 1000;
  const date = /^[A-Z]/i.test(after) ? Date.parse(after) : Number.NaN;
  if (Number.isNaN(date)) return undefined;
  // By the server's own clock where it tells the time: this machine's may be hours off.
  const sentAt = Date.parse(headers.get("date") ?? "");
  return Math.max(0, date - (Number.isNaN(sentAt) ? nowMs : sentAt));
}

function isNumber(text: string): boolean {
  return /^\d{1,12}(\.\d{1,12})?$/.test(text);
}

/** Reads `x-should-retry`, which only ever stops a retry: what may have been billed is not sent again at a server's word. */
export function readShouldRetry(headers: TransportResponse["headers"]): boolean | undefined {
  const word = headers.get("x-should-retry")?.trim().toLowerCase();
  return word === "true" ? true : word === "false" ? false : undefined;
}
