import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decideRetry, type FailedAttempt, readShouldRetry } from "./retry-policy.ts";

const busy: FailedAttempt = {
  attempt: 1,
  maxRetries: 2,
  status: 429,
  outcome: "rejected",
  remainingMs: 600_000,
};
const cut: FailedAttempt = { ...busy, status: undefined, outcome: "not-sent" };

function headers(values: Record<string, string>) {
  return new Headers(values);
}

describe(decideRetry, () => {
  it("retries what was not sent, and a 429", () => {
    expect(decideRetry(cut)).toBeGreaterThan(0);
    expect(decideRetry(busy)).toBeGreaterThan(0);
  });

  it("never retries what may have produced an image", () => {
    const outcomes = fc.constantFrom("not-sent", "rejected", "unknown" as const);
    const statuses = fc.option(fc.integer({ min: 100, max: 599 }), { nil: undefined });
    fc.assert(
      fc.property(
        outcomes,
        statuses,
        fc.option(fc.boolean(), { nil: undefined }),
        (outcome, status, shouldRetry) => {
          const isSafe = status === 429 || (status === undefined && outcome === "not-sent");
          const delay = decideRetry({ ...busy, outcome, status, shouldRetry });
          if (!isSafe || shouldRetry === false) expect(delay).toBeUndefined();
        },
      ),
    );
  });

  it("stops after the last retry, for an exhausted quota, and when the server says so", () => {
    expect(decideRetry({ ...busy, attempt: 2 })).toBeGreaterThan(0);
    expect(decideRetry({ ...busy, attempt: 3 })).toBeUndefined();
    expect(decideRetry({ ...cut, maxRetries: 0 })).toBeUndefined();
    expect(decideRetry({ ...busy, code: "insufficient_quota" })).toBeUndefined();
    expect(decideRetry({ ...busy, type: "insufficient_quota" })).toBeUndefined();
    expect(decideRetry({ ...busy, code: "insufficient_user_quota" })).toBeUndefined();
    expect(decideRetry({ ...busy, shouldRetry: false })).toBeUndefined();
  });

  it("waits as long as the server asks, unless that passes the deadline", () => {
    expect(decideRetry({ ...busy, retryAfterMs: 1234 })).toBe(1234);
    expect(decideRetry({ ...busy, retryAfterMs: 0 })).toBe(0);
    expect(decideRetry({ ...busy, retryAfterMs: 600_000 })).toBeUndefined();
    expect(decideRetry({ ...cut, remainingMs: 100 })).toBeUndefined();
  });

  it("backs off by doubling, with jitter, up to eight seconds", () => {
    const delays = [1, 2, 3, 4, 5, 6, 7].map((attempt) =>
      decideRetry({ ...cut, attempt, maxRetries: 9 }, () => 0),
    );
    expect(delays).toEqual([500, 1000, 2000, 4000, 8000, 8000, 8000]);
    expect(decideRetry(cut, () => 1)).toBe(375);
  });
});

describe(readShouldRetry, () => {
  it("reads only true and false", () => {
    expect(
      ["true", " FALSE", "maybe"].map((word) => readShouldRetry(headers({ "x-should-retry": word }))),
    ).toEqual([true, false, undefined]);
  });
});
