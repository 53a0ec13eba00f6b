import type { TransportResponse } from "../transport/transport.ts";

/** The longest delay of a timer, in milliseconds: 24.8 days. A longer one would fire immediately. */
export const maxDelayMs = 2 ** 31 - 1;
const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * Returns how long the server asks to wait, in milliseconds and at most 24.8 days: `retry-after-ms`, `retry-after`
 * (RFC 9110, 10.2.3) or, with a 429, when its rate limit is reset. Numbers are seconds or a Unix time; dates and durations
 * such as `6m0s` are read too.
 */
export function readRetryAfterMs(
  headers: TransportResponse["headers"],
  nowMs: number,
  status?: number,
): number | undefined {
  const read = (name: string): number | undefined => {
    const given = headers.get(name);
    if (!given) return undefined;
    // By the server's own clock if it sends `date`: this machine's may be hours off.
    const sentAt = Date.parse(headers.get("date") ?? "");
    const waitMs = parseWait(given, /-ms$/.test(name) ? 1 : 1000, Number.isNaN(sentAt) ? nowMs : sentAt);
    return waitMs === undefined ? undefined : Math.min(Math.max(0, waitMs), maxDelayMs);
  };
  return (
    read("retry-after-ms") ?? read("retry-after") ?? (status === 429 ? readReset(headers, read) : undefined)
  );
}

/** Returns the wait until the exhausted limits are reset, or all of them if the server does not say which are. */
function readReset(
  headers: TransportResponse["headers"],
  read: (name: string) => number | undefined,
): number | undefined {
  const names = new Set(["x-ratelimit-reset", "x-ratelimit-reset-requests", "x-ratelimit-reset-tokens"]);
  headers.forEach?.((_, name) => {
    if (/rate-?limit/.test(name) && name.split("-").includes("reset")) names.add(name);
  });
  const resets = [...names].flatMap((name) => {
    const waitMs = read(name);
    const isExhausted = headers.get(name.replace("reset", "remaining"))?.trim() === "0";
    return waitMs === undefined ? [] : { waitMs, isExhausted };
  });
  const exhausted = resets.filter(({ isExhausted }) => isExhausted);
  const waits = (exhausted.length > 0 ? exhausted : resets).map(({ waitMs }) => waitMs);
  return waits.length > 0 ? Math.max(...waits) : undefined;
}

/** Parses a number (of `unit` milliseconds, or a Unix time), a duration or a date. */
function parseWait(given: string, unit: number, nowMs: number): number | undefined {
  const text = given.slice(0, 99).trim();
  if (/^\d+(?:\.\d+)?(?:e\+?\d+)?$/i.test(text)) {
    const value = Number(text);
    // From 2001 on; no server asks to wait for 30 years.
    if (value >= 1e12 && value < 1e15) return value - nowMs;
    return value >= 1e9 && value < 1e12 && unit === 1000 ? value * 1000 - nowMs : value * unit;
  }
  if (/^(?:\d+(?:\.\d+)?(?:[nuµm]?s|[mhd]))+$/.test(text)) {
    const parts = text.matchAll(/([\d.]+)([a-zµ]+)/g);
    return [...parts].reduce((sum, [, count, name]) => sum + Number(count) * (unitMs[name ?? ""] ?? 0), 0);
  }
  // Anything else is ambiguous: `Date.parse` reads "-3" and "soon 1" as dates.
  const isDate = /^[A-Z][a-z]{2,8},? /.test(text) || /^\d{4}-\d\d-\d\d[T ]/.test(text);
  const date = isDate ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : date - nowMs;
}
