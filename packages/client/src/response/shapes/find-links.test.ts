import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findLinks } from "./find-links.ts";

describe("findLinks", () => {
  it.each([
    ["a Markdown image", "![image](https://x.test/a?id=1)", ["https://x.test/a?id=1"]],
    ["one with a title", '![a b](https://x.test/a.png "A (red) hat")', ["https://x.test/a.png"]],
    ["one in angle brackets", "![a](<https://x.test/a>)", ["https://x.test/a"]],
    ["one with brackets in it", "![a](https://x.test/a_(1).png)", ["https://x.test/a_(1).png"]],
    [
      "two without a space",
      "![](https://x.test/1)![](https://x.test/2)",
      ["https://x.test/1", "https://x.test/2"],
    ],
    [
      "the same one twice",
      "![a](https://x.test/a.png)\n\n[Download](https://x.test/a.png)",
      ["https://x.test/a.png"],
    ],
    ["a link to an image", "[here](https://x.test/a.JPG?sig=%2F)", ["https://x.test/a.JPG?sig=%2F"]],
    ["a bare URL in a sentence", "See https://x.test/a.webp.", ["https://x.test/a.webp"]],
    ["one in bold", "**https://x.test/a.png**", ["https://x.test/a.png"]],
    ["one before Chinese punctuation", "图片：https://x.test/a.png，完成。", ["https://x.test/a.png"]],
    ["an HTML image", '<img width="9" src="https://x.test/a">', ["https://x.test/a"]],
    ["a data URI", "![a](data:image/png;base64,AA/+==) x", ["data:image/png;base64,AA/+=="]],
    ["a link to a page", "See our [policy](https://x.test/policy) or https://x.test/", []],
    ["an image whose label is elsewhere", "![a] (https://x.test/a) [b](https://x.test/b)", []],
    ["an invalid URL", "![](https://[) https://%.png", []],
    ["nothing", "I cannot do that.", []],
  ])("reads %s", (_, text, links) => {
    expect(findLinks(text)).toEqual(links);
  });

  it("returns only links that the text contains, for any text", () => {
    const part = fc.constantFrom(
      "![",
      "](",
      ")",
      "(",
      "https://",
      "data:image/",
      ".png",
      " ",
      "<",
      '"',
      "a",
      "，",
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 60 }), (parts) => {
        const text = parts.join("");
        for (const link of findLinks(text)) expect(text).toContain(link);
      }),
    );
  });

  it.each(["![", "](", "![](https://", "https://a.png ", "https://((((", "data:image/"])(
    "reads a megabyte of %j in one pass",
    (part) => {
      const text = part.repeat(1_000_000 / part.length);
      expect(findLinks(text).length).toBeLessThanOrEqual(2);
    },
  );
});
