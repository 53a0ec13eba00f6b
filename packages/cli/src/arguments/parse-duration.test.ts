import { describe, expect, it } from "vitest";
import { parseDuration } from "./parse-duration.ts";

describe(parseDuration, () => {
  it.each([
    ["600", 600],
    ["2.5", 2.5],
    ["90s", 90],
    ["5m", 300],
    ["5 min", 300],
    ["1.5h", 5400],
    ["2 hours", 7200],
    ["2147483", 2_147_483],
  ])("reads %s as %d seconds", (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  it.each(["0", "0m", "-5", "5d", "m", "", "1e3", "5m30s", "2147484", "9999999999"])("rejects %j", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});
