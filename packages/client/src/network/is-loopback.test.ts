import { describe, expect, it } from "vitest";
import { isLoopback } from "./is-loopback.ts";

describe(isLoopback, () => {
  it.each(["localhost", "app.localhost", "127.0.0.1", "127.255.0.9", "[::1]", "::1"])(
    "accepts %s",
    (host) => {
      expect(isLoopback(host)).toBe(true);
    },
  );

  it.each([
    "",
    "localhost.example",
    "127.0.0.1.example",
    "127.0.0",
    "128.0.0.1",
    "[::2]",
    "::10",
    "10.0.0.1",
  ])("rejects %j", (host) => {
    expect(isLoopback(host)).toBe(false);
  });
});
