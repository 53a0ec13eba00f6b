import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseGlob } from "./glob.ts";

describe(parseGlob, () => {
  it.each([
    ["*.jpg", "a.jpg", true],
    ["*.jpg", ".a.jpg", false],
    ["*.jpg", "b/a.jpg", false],
    ["**/*.jpg", "b/c/a.jpg", true],
    ["**/*.jpg", ".b/a.jpg", false],
    ["a?c", "abc", true],
    ["[a-c]x", "bx", true],
    ["[!a]x", "ax", false],
    ["[!a]x", "bx", true],
    ["[z-a].jpg", "b.jpg", false],
    ["a+b(1)*", "a+b(1).png", true],
    ["IMG (*).jpg", "IMG (1).jpg", true],
    ["a|b*", "a|bc", true],
    ["!a*", "!ab", true],
    ["a.{png,jpg}", "a.jpg", true],
    ["{a,b{c,d}}", "bd", true],
    ["{a,b{c,d}}", "b", false],
    ["{8..12}.jpg", "10.jpg", true],
    ["{8..12}.jpg", "2.jpg", false],
    ["{08..12}.jpg", "09.jpg", true],
    ["{a..c}.jpg", "b.jpg", true],
  ])("matches %s against %s: %s", (glob, name, expected) => {
    expect(parseGlob(glob).matches(name)).toBe(expected);
  });

  it("matches a long name against many stars without trying all of their places", () => {
    const name = "a".repeat(255);
    for (const unit of ["*a", "?*", "*[!b]"])
      expect(parseGlob(`${unit.repeat(20)}*b`).matches(name)).toBe(false);
    expect(parseGlob(`${"*a".repeat(20)}*`).matches(name)).toBe(true);
    expect(parseGlob("*a*ab*b").matches("xaaabab")).toBe(true);
  });

  it.each(["{a\\\\", "*\\\\\\\\"])("refuses %s, of which picomatch finds no end", (glob) => {
    expect(() => parseGlob(glob, "linux")).toThrow("ends with a backslash");
  });

  it.each([
    ["*.jpg", { root: ".", depth: 0, linkDepth: 0 }],
    ["/*.jpg", { root: "/", depth: 0, linkDepth: 0 }],
    ["a/b (1)/*/c.jpg", { root: "a/b (1)", depth: 1, linkDepth: 1 }],
    ["a/*/**/c.jpg", { root: "a", depth: Number.POSITIVE_INFINITY, linkDepth: 1 }],
    ["a{b,c/d}/*.png", { root: ".", depth: 2, linkDepth: 2 }],
    ["a/*/.b/*.jpg", { root: "a", hasHidden: true }],
    ["../*.jpg", { root: "..", hasHidden: false }],
  ])("splits %s", (glob, expected) => {
    expect(parseGlob(glob, "linux")).toMatchObject(expected);
  });

  it("takes backslashes as separators on Windows", () => {
    expect(parseGlob("a\\b\\*.jpg", "win32")).toMatchObject({ root: "a/b", depth: 0 });
  });

  it.each(["{1..100000000}.jpg", "*".repeat(70_000)])("refuses %.30s with code 2", (glob) => {
    expect(() => parseGlob(glob)).toThrow(expect.objectContaining({ exitCode: 2 }));
  });

  it("parses any text with a special character, and matches it without an error", () => {
    const text = fc.stringMatching(/^[a-z*?[\]!.^$+(){}|,\-/0-3]{0,14}$/);
    fc.assert(
      fc.property(text, fc.stringMatching(/^[a-z.\-/0-3]{0,8}$/), (glob, name) => {
        expect(typeof parseGlob(`*${glob}`).matches(name)).toBe("boolean");
      }),
    );
  });
});
