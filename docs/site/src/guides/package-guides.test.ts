import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { mapLinks } from "../markdown/mark-links.ts";
import { headingsOf } from "../markdown/sections.ts";
import { readSource, root } from "../markdown/source-file.ts";
import { guidesDirectory, guidesOf, makePackageGuides } from "./package-guides.ts";

const names = readdirSync(path.join(root, "packages"));

it("brings guides with every package", () => {
  expect(Object.keys(guidesOf).sort()).toEqual(names);
});

describe.each(names)("the guides of %s", (name) => {
  const guides = makePackageGuides(name);
  const texts = new Map(guides.map((page) => [`${guidesDirectory}/${page.path}`, page.text]));

  it("lead to guides, headings and files that the package has, else to the web", () => {
    const broken = [...texts].flatMap(([file, text]) => {
      const found: string[] = [];
      mapLinks(text, (target) => {
        if (/^https?:/.test(target)) return target;
        const [linked = "", anchor] = target.split("#");
        const to = linked === "" ? file : path.posix.join(path.posix.dirname(file), linked);
        const page = texts.get(to);
        const isThere =
          page === undefined
            ? !target.startsWith("/") &&
              to.startsWith("dist/") &&
              existsSync(path.join(root, "packages", name, to))
            : anchor === undefined || hasAnchor(page, anchor);
        if (!isThere) found.push(`${file}: ${target}`);
        return target;
      });
      return found;
    });
    expect(broken).toEqual([]);
  });

  it("are in the list that the README names", () => {
    const list = texts.get(`${guidesDirectory}/index.md`) ?? "";
    for (const page of guides.slice(1)) expect(list).toContain(`(./${page.path})`);
    const readme = readSource(`packages/${name}/README.md`).lines.join("\n");
    expect(readme).toContain(`node_modules/@retouch/${name}/${guidesDirectory}/index.md`);
  });

  it("are text without what only the site understands", () => {
    for (const text of texts.values())
      expect(text).not.toMatch(/^---$|<!-- (?:include|block|code):|repository:/m);
  });
});

/** An anchor of the reference is a name, which the text has as a heading without its mark. */
function hasAnchor(text: string, anchor: string): boolean {
  return (
    headingsOf(text.split("\n")).some(({ slug }) => slug === anchor) || text.includes(`<a id="${anchor}">`)
  );
}
