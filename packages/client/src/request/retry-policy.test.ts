import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decideRetry, type FailedAttempt, readRetryAfterMs, readShouldRetry } from "./retry-policy.ts";

const busy: FailedAttempt = {
  attempt: 1,
  maxRetries: 2,
  status: 429,
  outcome: "rejected",
  remainingMs: 600_000,
};
const cut: FailedAttempt = { ...busy, status: undefined, outcome: "not-sent" };
const now = Date.UTC(2026, 10, 23);

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
    expect(decideRetry({ ...busy, attempt: 3 })).toBeUndefined();
    expect(decideRetry({ ...cut, maxRetries: 0 })).toBeUndefined();
    expect(decideRetry({ ...busy, code: "insufficient_quota" })).toBeUndefined();
    expect(decideRetry({ ...busy, type: "insufficient_quota" })).toBeUndefined();
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

describe(readRetryAfterMs, () => {
  it.each([
    [{ "retry-after-ms": "250.5", "retry-after": "9" }, 250.5],
    [{ "retry-after": "3" }, 3000],
    [{ "retry-after": " 0.5 " }, 500],
    [{ "retry-after": "Mon, 23 Nov 2026 00:00:10 GMT" }, 10_000],
    [{ "retry-after": "Sun, 22 Nov 2026 00:00:00 GMT" }, 0],
    // A clock that is an hour off, here or there, has no effect.
    [{ "retry-after": "Sun, 22 Nov 2026 23:00:10 GMT", date: "Sun, 22 Nov 2026 23:00:00 GMT" }, 10_000],
    [{ "retry-after": "soon" }, undefined],
    [{ "retry-after": "-3" }, undefined],
    [{ "retry-after": "1e9" }, undefined],
    [{ "retry-after-ms": "", "retry-after": "" }, undefined],
    [{}, undefined],
  ])("reads %o as %s", (values, expected) => {
    expect(readRetryAfterMs(headers(values as Record<string, string>), now)).toBe(expected);
  });

  it("returns a time that is not negative, or `undefined`, for any text", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const ms = readRetryAfterMs({ get: () => text }, now);
        expect(ms === undefined || (Number.isFinite(ms) && ms >= 0)).toBe(true);
      }),
    );
  });
});

describe(readShouldRetry, () => {
  it("reads only true and false", () => {
    expect(
      ["true", " FALSE", "maybe"].map((word) => readShouldRetry(headers({ "x-should-retry": word }))),
    ).toEqual([true, false, undefined]);
  });
});
