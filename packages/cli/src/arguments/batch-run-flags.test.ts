import { describe, expect, it } from "vitest";
import { parseRate } from "./batch-run-flags.ts";

describe(parseRate, () => {
  it.each([
    ["50/m", 1200],
    ["50/min", 1200],
    ["50/minute", 1200],
    ["60/hour", 60_000],
    ["2/s", 500],
    ["0.5/s", 2000],
    [undefined, 0],
  ])("reads %s", (text, intervalMs) => {
    expect(parseRate(text)).toBe(intervalMs);
  });

  it.each(["0/s", "5", "5/d", "-1/s", "a/s", "0.0000001/h"])("rejects %s", (text) => {
    expect(() => parseRate(text)).toThrow("--rate");
  });
});
