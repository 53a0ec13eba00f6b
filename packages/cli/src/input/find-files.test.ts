import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expandBraces, segmentExpression } from "./find-files.ts";

describe(segmentExpression, () => {
  it.each([
    ["*.jpg", "a.jpg", true],
    ["*.jpg", ".a.jpg", false],
    ["a?c", "abc", true],
    ["[a-c]x", "bx", true],
    ["[!a]x", "ax", false],
    ["a+b(1)", "a+b(1)", true],
    ["[a", "[a", true],
  ])("matches %s against %s: %s", (glob, name, expected) => {
    expect(segmentExpression(glob).test(name)).toBe(expected);
  });

  it("creates an expression for any segment", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z*?[\]!.^$+(){}|-]{0,12}$/), (segment) => {
        try {
          expect(segmentExpression(segment)).toBeInstanceOf(RegExp);
        } catch (error) {
          // Only a range that runs backwards, such as [z-a], has no meaning.
          expect(String(error)).toContain("Range out of order");
        }
      }),
    );
  });
});

describe(expandBraces, () => {
  it.each([
    ["a.{png,jpg}", ["a.png", "a.jpg"]],
    ["{a,b{c,d}}", ["a", "bc", "bd"]],
    ["{a}", ["{a}"]],
    ["{a", ["{a"]],
  ])("expands %s", (pattern, expected) => {
    expect(expandBraces(pattern)).toEqual(expected);
  });
});
