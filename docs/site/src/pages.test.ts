import path from "node:path";
import { beforeAll, expect, it } from "vitest";
import { type AssembledPage, assemblePages } from "./assemble.ts";
import { descriptionOf } from "./describe-page.ts";
import type { Place } from "./markdown/resolve-links.ts";
import { blocksOf, headingsOf } from "./markdown/sections.ts";
import { readSource, root } from "./markdown/source-file.ts";
import { makeReference, readWrittenPages } from "./pages.ts";
import { isSource, watched } from "./watched.ts";
import { pagesInOrder } from "./write-text-pages.ts";

let pages: readonly AssembledPage[];
let places: ReadonlyMap<string, Place>;
beforeAll(async () => {
  ({ pages, places } = assemblePages([...readWrittenPages(), ...(await makeReference())]));
}, 120_000);

it.each(["client", "react-hooks", "cli", "mock", "queue", "editor"])(
  "has every section of the README of %s",
  (name) => {
    const { file, headings } = readSource(`packages/${name}/README.md`);
    const missing = headings.filter(({ level, slug }) => level > 1 && !places.has(`${file}#${slug}`));
    expect(missing.map(({ slug }) => slug)).toEqual([]);
  },
);

it("has one title on each page, and no heading twice", () => {
  for (const { path, text } of pages) {
    if (path === "index.md") continue;
    const headings = headingsOf(text.split("\n"));
    expect(
      headings.filter(({ level }) => level === 1),
      path,
    ).toHaveLength(1);
    const slugs = headings.map(({ slug }) => slug);
    expect(
      slugs.filter((slug, at) => slugs.indexOf(slug) !== at),
      path,
    ).toEqual([]);
  }
});

it("has each page in the sidebar, and says what it is about", () => {
  const listed = ["start", "guides", "reference", "contribute"].flatMap(pagesInOrder);
  const known = pages.filter(({ path }) => path !== "index.md");
  expect(listed.toSorted()).toEqual(known.map(({ url }) => url).toSorted());
  const descriptions = known.map(({ path, text }) => [path, descriptionOf(text)] as const);
  expect(
    descriptions.filter(([, one]) => one === undefined || one.length > 120 || one.includes("](/")),
  ).toEqual([]);
});

it("leads from its pages only to pages and headings that exist", () => {
  const anchors = new Map(
    pages.map(({ url, text }) => [
      url,
      new Set([
        ...headingsOf(text.split("\n")).map(({ slug }) => slug),
        ...[...text.matchAll(/<a id="([\w-]+)">/g)].map(([, id]) => id),
      ]),
    ]),
  );
  const broken = pages.flatMap(({ path, text }) =>
    [...text.matchAll(/\]\((\/[^)\s]*|#[^)\s]*)\)/g)].flatMap(([, target = ""]) => {
      const { pathname, hash } = new URL(
        target,
        `https://site.invalid/${path.replace(/(?:index)?\.md$/, "")}`,
      );
      const known = anchors.get(pathname);
      const isThere = hash === "" ? known : known?.has(hash.slice(1));
      return isThere || /^\/(?:images\/|llms\.txt)/.test(pathname) ? [] : [`${path}: ${target}`];
    }),
  );
  expect(broken).toEqual([]);
});

it("is made of files that `pnpm dev` watches", () => {
  const files = new Set(pages.flatMap(({ sources }) => sources));
  expect(files.size).toBeGreaterThan(20);
  const unseen = [...files].filter(
    (file) => !watched.includes(path.join(root, path.dirname(file))) || !isSource.test(file),
  );
  expect(unseen).toEqual([]);
});

it("has no relative link, which only the repository could follow", () => {
  const relative = pages.flatMap(({ path, text }) =>
    blocksOf(text.split("\n"))
      .filter((block) => !/^\s*(?:```|~~~)/.test(block))
      .flatMap((block) =>
        [...block.matchAll(/\]\((\.{1,2}\/[^)\s]+|[\w-]+\.md[^)\s]*)\)/g)].map(([, to]) => `${path}: ${to}`),
      ),
  );
  expect(relative).toEqual([]);
});
