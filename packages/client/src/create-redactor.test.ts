import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRedactor } from "./create-redactor.ts";

const redact = createRedactor([
  { text: "sk-live-abcdefghijkl", giveaway: 8 },
  { text: "Paint the cat in my sister's garden green", giveaway: 24 },
  { text: "cat", giveaway: 24 },
]);

describe(createRedactor, () => {
  it("hides a secret, and a part of one that is long enough", () => {
    expect(redact("key sk-live-abcdefghijkl is bad")).toBe("key [redacted] is bad");
    expect(redact("key sk-live-abc*** is bad")).toBe("key [redacted]*** is bad");
    expect(redact('in "cat in my sister\'s garden gr..."')).not.toContain("sister");
  });

  it("leaves the language alone", () => {
    expect(redact("The cat is too big in the size you gave.")).toBe(
      "The cat is too big in the size you gave.",
    );
  });

  it("leaves no run of a secret that gives it away, wherever it stands", () => {
    const around = fc.string({ maxLength: 30 });
    fc.assert(
      fc.property(around, around, fc.string({ minLength: 12, maxLength: 40 }), (before, after, text) => {
        expect(createRedactor([{ text, giveaway: 12 }])(before + text + after)).not.toContain(text);
      }),
    );
  });
});
