import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { sanitizeText } from "./sanitize-text.ts";

describe(sanitizeText, () => {
  it.each([
    ["a\u001b[31mred\u001b[0m", "ared"],
    ["\u001b]0;title\u0007text", "text"],
    ["\u001b]8;;https://evil.example\u001b\\link", "link"],
    ["\u009b31mx", "x"],
    ["one\r\ntwo\u0000three", "one two three"],
    ["\u202etxt.exe\u2066", "txt.exe"],
    ["zero\u200bwidth", "zero width"],
    ["see https://a.example/b?X-Amz-Signature=1 now", "see [url] now"],
    ["path/to?sig=abc", "[url]"],
    ["data:image/png;base64,AAAA", "[url]"],
    [`x ${"A".repeat(500)}`, "x [data]"],
    ["an ~a~0~ and ~a\u001b0~1~", "an [data] and [data]"],
  ])("makes %j into %j", (text, expected) => {
    expect(sanitizeText(text)).toBe(expected);
  });

  it("returns nothing for markup, for nothing and for values that are not text", () => {
    expect([
      sanitizeText("<html><body>x"),
      sanitizeText("\u001b[2J"),
      sanitizeText(""),
      sanitizeText(7),
      sanitizeText(null),
    ]).toEqual(Array(5).fill(undefined));
  });

  it("returns at most `maxLength` characters, none of them a control, for any text", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 2000 }),
        fc.integer({ min: 2, max: 50 }),
        (text, maxLength) => {
          const safe = sanitizeText(text, maxLength) ?? "";
          expect([...safe].length).toBeLessThanOrEqual(maxLength);
          expect(safe).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
        },
      ),
    );
  });

  it.each([" ", "a", "\n", ":/", "?a", "&a=", "a\u0000", "\u001b]", "~a"])(
    "takes twice as many steps for twice as many of %j",
    (unit) => {
      const stepsOf = (length: number): number => {
        const look = vi.spyOn(String.prototype, "charCodeAt");
        try {
          sanitizeText(unit.repeat(length));
          return look.mock.calls.length;
        } finally {
          look.mockRestore();
        }
      };
      expect(stepsOf(2000)).toBeLessThanOrEqual(2 * stepsOf(1000) + 10);
      expect(stepsOf(2000)).toBeLessThanOrEqual(2000 * unit.length);
      // What comes after 8,192 characters is cut.
      expect(stepsOf(200_000)).toBeLessThanOrEqual(8192);
    },
  );
});
