import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { sanitizeText, toSafeJson } from "./sanitize-text.ts";

describe(sanitizeText, () => {
  it.each([
    ["\u001b[2J\u001b[31mred\u001b[0m", "red"],
    ["\u001b]0;title\u0007text", "text"],
    ["\u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\", "link"],
    ["a\r\nb", "a b"],
    ["a\u202eb", "a b"],
    ["\u009b2Ja", "a"],
    ["Grüße 漢字 🎨", "Grüße 漢字 🎨"],
  ])("sanitizes %j", (text, expected) => {
    expect(sanitizeText(text)).toBe(expected);
  });

  it.each([" ", "\n", " \n", "\r", "a"])("scans twice as much for twice as many of %j", (unit) => {
    const scannedIn = (count: number): number => {
      let scanned = 0;
      const trim = String.prototype.trim;
      const spy = vi.spyOn(String.prototype, "trim").mockImplementation(function (this: string) {
        scanned += this.length;
        return trim.call(this);
      });
      try {
        expect(sanitizeText(`x${unit.repeat(count)}y`).replaceAll(unit, "").length).toBeLessThan(4);
      } finally {
        spy.mockRestore();
      }
      return scanned;
    };
    expect(scannedIn(262_144)).toBeLessThanOrEqual(2.1 * scannedIn(131_072));
  });

  it.each([
    ["a  \n\n  b", "a b"],
    ["a   b", "a   b"],
    ["\n a \r\n\r\n", "a"],
  ])("joins the lines of %j", (text, expected) => {
    expect(sanitizeText(text)).toBe(expected);
  });

  it("removes every control character from any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: the test searches for control characters
        expect(sanitizeText(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
      }),
    );
  });
});

describe("toSafeJson", () => {
  it("escapes every character that a terminal interprets, without changing the value", () => {
    const text = "\u001b[2J \u009b31m \u202egnp.exe \u2066 \u007f ü 猫";
    const written = toSafeJson({ text });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the test searches for control characters
    expect(written).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
    expect(written).toContain("ü 猫");
    expect(JSON.parse(written)).toEqual({ text });
  });

  it("indents on request", () => {
    expect(toSafeJson({ a: 1 }, 2)).toBe('{\n  "a": 1\n}');
  });
});
