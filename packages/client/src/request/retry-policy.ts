import type { TransportResponse } from "../transport/transport.ts";

/** The facts about a failed attempt that decide whether it is retried. */
export interface FailedAttempt {
  /** Counts from 1. */
  readonly attempt: number;
  readonly maxRetries: number;
  /** The response's status; absent when there was no response. */
  readonly status?: number | undefined;
  readonly outcome: "not-sent" | "rejected" | "unknown";
  readonly code?: string | undefined;
  readonly type?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  /** The server's `x-should-retry`. */
  readonly shouldRetry?: boolean | undefined;
  /** The time that remains of the entire call. */
  readonly remainingMs: number;
}

/**
 * Returns how long to wait before the next attempt, in milliseconds, or `undefined` to stop. Retries only what cannot
 * have produced an image: a request that was not sent, and a 429 that waiting can fix.
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
  return [code, type].some((text) => text === "insufficient_quota" || text === "insufficient_user_quota");
}

/** Returns `x-should-retry`, which can only stop a retry: no server can ask for what may have been billed to be sent again. */
export function readShouldRetry(headers: TransportResponse["headers"]): boolean | undefined {
  const value = headers.get("x-should-retry")?.trim().toLowerCase();
  return value === "true" ? true : value === "false" ? false : undefined;
}
