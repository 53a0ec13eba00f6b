import { findLinks } from "../../../packages/client/src/response/shapes/find-links.ts";
import { check, type Target } from "../engine/target.ts";

export const target: Target = {
  name: "links",
  covers: ["packages/client/src/response/shapes/find-links.ts"],
  seeds: [
    "![a](https://x.test/a) and <img src='https://x.test/b'>, https://x.test/c.png?d=1.",
    "[a](https://x.test/a_(b).jpg) data:image/png;base64,AAAA，https://x.test/é.webp",
    "(https://x.test/a.gif) ![a](<https://x.test/b c>)",
  ],
  dictionary: [
    "https://",
    "http://",
    "data:image/",
    "![",
    "](",
    ")",
    "(",
    '<img src="',
    ".png",
    ".jpeg",
    "。",
    "，",
    "\\",
    "`",
    "*",
    "_",
    "...",
    "x.test/",
  ],
  maxBytes: 32_768,
  maxSteps: { fixed: 1000, perByte: 12 },
  run(input) {
    const text = Buffer.from(input).toString("utf8");
    const links = findLinks(text);
    check(new Set(links).size === links.length, "a link appears once");
    let from = 0;
    for (const link of links) {
      check(/^(?:https?:\/\/|data:image\/)/i.test(link), "a link begins like one", () => link);
      check(!/[\s<>"'`]/.test(link), "a link has no white space and no quote", () => link);
      const at = text.indexOf(link, from);
      check(at >= 0, "links are in the order of the text", () => link);
      from = at;
    }
    // What is around a text does not change it.
    check(
      JSON.stringify(findLinks(`${text}\n`)) === JSON.stringify(links),
      "a line break behind changes nothing",
    );
  },
};
