import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRedactor } from "./sanitize-text.ts";

const redact = createRedactor([
  { text: "sk-live-abcdefghijkl", minMatch: 8 },
  { text: "Paint the cat in my sister's garden green", minMatch: 24 },
  { text: "cat", minMatch: 24 },
]);

describe(createRedactor, () => {
  it("hides a secret, and a part of one that is long enough", () => {
    expect(redact("key sk-live-abcdefghijkl is bad")).toBe("key [redacted] is bad");
    expect(redact("key sk-live-abc*** is bad")).toBe("key [redacted]*** is bad");
    expect(redact('in "cat in my sister\'s garden gr..."')).not.toContain("sister");
  });

  it("does not change other text", () => {
    expect(redact("The cat is too big in the size you gave.")).toBe(
      "The cat is too big in the size you gave.",
    );
  });

  it("removes every run of a secret that reveals it, at any position", () => {
    const around = fc.string({ maxLength: 30 });
    fc.assert(
      fc.property(around, around, fc.string({ minLength: 12, maxLength: 40 }), (before, after, text) => {
        expect(createRedactor([{ text, minMatch: 12 }])(before + text + after)).not.toContain(text);
      }),
    );
  });

  const key = "sk-live-abcdefghijkl";
  it.each([
    [
      "as JSON escapes",
      [...key].map((char) => `\\u00${char.charCodeAt(0).toString(16).toUpperCase()}`).join(""),
    ],
    ["in percent", [...key].map((char) => `%${char.charCodeAt(0).toString(16)}`).join("")],
    ["in entities", [...key].map((char) => `&#x${char.charCodeAt(0).toString(16)};`).join("")],
    ["spaced", [...key].join(" ")],
    ["cut in two", `${key.slice(0, 10)}" + "${key.slice(10)}`],
    ["in base64", Buffer.from(`user:${key}`).toString("base64")],
    ["in hex", Buffer.from(key).toString("hex")],
  ])("hides a token %s", (_, written) => {
    const hide = createRedactor([{ text: key, minMatch: 8, isToken: true }]);
    expect(hide(`Key ${written} is bad.`)).toMatch(/^Key .{0,8}\[redacted\].{0,4} is bad\.$/);
  });

  it("hides no secret of less than eight characters", () => {
    for (const text of ["x", "na", "key", "123", "1234567"])
      expect(createRedactor([{ text, minMatch: 8, isToken: true }])("x na key 1234567")).toBe(
        "x na key 1234567",
      );
  });
});
