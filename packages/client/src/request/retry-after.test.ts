import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readRetryAfterMs } from "./retry-after.ts";

const now = Date.UTC(2026, 10, 23);

function headers(values: Record<string, string>) {
  return new Headers(values);
}

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
    [{ "retry-after": "1e300" }, 2 ** 31 - 1],
    [{ "retry-after-ms": "9".repeat(60) }, 2 ** 31 - 1],
    [{ "retry-after": "1m30s" }, 90_000],
    [{ "retry-after": String(now / 1000 + 7) }, 7000],
    [{ "x-ratelimit-reset-requests": "5" }, undefined],
    [{ "retry-after-ms": "", "retry-after": "" }, undefined],
    [{}, undefined],
  ])("reads %o as %s", (values, expected) => {
    expect(readRetryAfterMs(headers(values as Record<string, string>), now)).toBe(expected);
  });

  it.each([
    [{ "x-ratelimit-reset-requests": "1s" }, 1000],
    [{ "x-ratelimit-reset-tokens": "6m0s" }, 360_000],
    [{ "x-ratelimit-reset-requests": "120ms" }, 120],
    [{ "x-ratelimit-reset-images": "1h2m3.5s" }, 3_723_500],
    [{ "x-ratelimit-reset-requests": "1d" }, 86_400_000],
    [{ "x-ratelimit-reset": "12" }, 12_000],
    [{ "x-ratelimit-reset-ms": "250" }, 250],
    [{ "x-ratelimit-reset": String(now / 1000 + 9) }, 9000],
    [{ "x-ratelimit-reset": String(now + 9000) }, 9000],
    [{ "x-ratelimit-reset": "2026-11-23T00:00:10Z" }, 10_000],
    [{ "ratelimit-reset": "4" }, 4000],
    [{ "anthropic-ratelimit-requests-reset": "2026-11-23T00:00:05.5Z" }, 5500],
    [{ "x-ratelimit-reset-requests": "1s", "x-ratelimit-reset-tokens": "6m0s" }, 360_000],
    [
      {
        "x-ratelimit-reset-requests": "1s",
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-tokens": "6m0s",
        "x-ratelimit-remaining-tokens": "99",
      },
      1000,
    ],
    [{ "x-ratelimit-reset-requests": "60s", "retry-after": "2" }, 2000],
    [{ "x-ratelimit-reset-requests": "0s" }, 0],
    [{ "x-ratelimit-reset": String(now / 1000 - 9) }, 0],
    [{ "x-ratelimit-reset-requests": "1e300" }, 2 ** 31 - 1],
    [{ "x-ratelimit-reset-requests": "soon" }, undefined],
    [{ "x-ratelimit-limit-requests": "5" }, undefined],
  ])("reads %o of a 429 as %s", (values, expected) => {
    expect(readRetryAfterMs(headers(values as Record<string, string>), now, 429)).toBe(expected);
  });

  it("reads the usual names where headers cannot be listed", () => {
    const only = { get: (name: string) => (name === "x-ratelimit-reset-tokens" ? "6m0s" : null) };
    expect(readRetryAfterMs(only, now, 429)).toBe(360_000);
  });

  it("returns a time that is not negative, or `undefined`, for any text", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const ms = readRetryAfterMs({ get: () => text }, now, 429);
        expect(ms === undefined || (Number.isFinite(ms) && ms >= 0)).toBe(true);
      }),
    );
  });
});
