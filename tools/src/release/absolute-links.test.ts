import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { absoluteLinks, type LinkTarget, relativeLinks } from "./absolute-links.ts";

const home = { owner: "acme", name: "retouch" };
const root = join(import.meta.dirname, "../../..");
const find = (path: string): LinkTarget => {
  const stats = statSync(join(root, path), { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  return stats.isFile() ? "file" : "directory";
};
const absolute = (markdown: string) => absoluteLinks(markdown, "packages/cli", home, find);

describe(absoluteLinks, () => {
  it.each([
    ["[x](../../docs/models.md#a)", "[x](https://github.com/acme/retouch/blob/main/docs/models.md#a)"],
    ["[`x`](../mock) y", "[`x`](https://github.com/acme/retouch/tree/main/packages/mock) y"],
    [
      "[x](schema/edit.schema.json)",
      "[x](https://github.com/acme/retouch/blob/main/packages/cli/schema/edit.schema.json)",
    ],
    [
      "![x](../react-hooks/docs/edit-dark.png)",
      "![x](https://raw.githubusercontent.com/acme/retouch/main/packages/react-hooks/docs/edit-dark.png)",
    ],
    [
      '<img src="../react-hooks/docs/edit-dark.png">',
      '<img src="https://raw.githubusercontent.com/acme/retouch/main/packages/react-hooks/docs/edit-dark.png">',
    ],
    ["[`a\nb`](../mock) c `d`", "[`a\nb`](https://github.com/acme/retouch/tree/main/packages/mock) c `d`"],
    ["[x]: ../../LICENSE", "[x]: https://github.com/acme/retouch/blob/main/LICENSE"],
  ])("makes %s absolute", (markdown, expected) => {
    expect(relativeLinks(markdown)).toHaveLength(1);
    expect(absolute(markdown)).toBe(expected);
    expect(relativeLinks(expected)).toEqual([]);
  });

  it.each(["[x](#section)", "[x](https://example.com/a)", "`[x](../a)`", "```md\n[x](../a)\n```\n"])(
    "keeps %j",
    (markdown) => {
      expect(absolute(markdown)).toBe(markdown);
    },
  );

  it("refuses a link without a target", () => {
    expect(() => absolute("[x](../gone.md)")).toThrow("packages/cli/README.md links to ../gone.md");
  });

  it.each(readdirSync(join(root, "packages")))("leaves no relative link in the README of %s", (name) => {
    const directory = `packages/${name}`;
    const text = readFileSync(join(root, directory, "README.md"), "utf8");
    expect(relativeLinks(absoluteLinks(text, directory, home, find))).toEqual([]);
  });
});
