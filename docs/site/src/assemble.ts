import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expandIncludes } from "./markdown/expand-includes.ts";
import { expandServers } from "./markdown/per-server.ts";
import { type Place, resolveLinks } from "./markdown/resolve-links.ts";
import { headingsOf } from "./markdown/sections.ts";
import { root } from "./markdown/source-file.ts";
import type { Page } from "./page.ts";
import { siteRoot } from "./pages.ts";
import { entryPage, listEntryPoints } from "./reference/entry-points.ts";

/** The directory that VitePress reads: pages without directives. */
export const assembled = path.join(siteRoot, "out");

/** A page with everything that it includes. */
export interface AssembledPage extends Page {
  /** Its URL on the site, such as `/guides/masks`. */
  readonly url: string;
  readonly sources: readonly string[];
}

/** The URL of a page. */
function urlOf(file: string): string {
  return `/${file.replace(/(?:^|(?<=\/))index\.md$/, "").replace(/\.md$/, "")}`;
}

/**
 * Resolves the includes and links of all pages.
 *
 * @throws Error when an include or a link has no target.
 */
export function assemblePages(pages: readonly Page[]): {
  pages: AssembledPage[];
  images: ReadonlyMap<string, string>;
  /** Every heading of a repository's file that is on a page, as `file#slug`. */
  places: ReadonlyMap<string, Place>;
} {
  const places = new Map<string, Place>();
  const expanded = pages.map((page) => {
    const { text, sources, anchors } = expandIncludes(page.text, page.path);
    // A heading's own section wins over a page that only takes a block from it.
    for (const [key, anchor] of anchors) {
      const known = places.get(key);
      if (known === undefined || (known.anchor === "" && anchor !== ""))
        places.set(key, { page: urlOf(page.path), anchor });
    }
    return { ...page, url: urlOf(page.path), text: expandServers(text, page.path), sources };
  });
  for (const [file, home] of homes) {
    const [page = "", anchor = ""] = home.split("#");
    places.set(file, { page, anchor });
  }
  // The front matter of the home page names it.
  const images = new Map([["docs/images/before-after.png", "/images/docs-images-before-after.png"]]);
  const onImage = (file: string): string => {
    images.set(file, `/images/${file.replaceAll("/", "-")}`);
    return images.get(file) ?? "";
  };
  const titles = new Map(expanded.map(({ url, text }) => [url, titleOf(text)]));
  // A README names a file of the repository where the site has a page.
  const nameLinks = (text: string): string =>
    text.replaceAll(/\[docs\/[\w-]+\.md\]\((\/[^)#]*)/g, (link, url: string) =>
      titles.has(url) ? `[${titles.get(url)}](${url}` : link,
    );
  return {
    pages: expanded.map((page) => ({
      ...page,
      text: nameLinks(linkEntryPoints(resolveLinks(page.text, places, onImage), page.url)),
    })),
    images,
    places,
  };
}

/** Leads from a table of entry points to their pages in the reference. */
function linkEntryPoints(text: string, url: string): string {
  return listEntryPoints().reduce((linked, entry) => {
    const page = `/${entryPage(entry)}`;
    return page === url
      ? linked
      : linked.replace(`\n| \`${entry.name}\` |`, `\n| [\`${entry.name}\`](${page}) |`);
  }, text);
}

/** Returns the title of a page. */
export function titleOf(text: string): string {
  return (
    headingsOf(text.split("\n"))
      .find(({ level }) => level === 1)
      ?.text.replaceAll("`", "") ?? "Retouch"
  );
}

/** Where links to files lead whose text is spread over pages. */
const homes: readonly (readonly [string, string])[] = [
  ["README.md", "/"],
  ["packages/client/README.md", "/start/node"],
  ["packages/react-hooks/README.md", "/start/react"],
  ["packages/cli/README.md", "/start/cli"],
  ["packages/mock/README.md", "/guides/testing#a-server"],
  ["packages/queue/README.md", "/guides/several-machines"],
  ["packages/editor/README.md", "/guides/editor"],
  ["packages/cli/README.md#exit-codes", "/reference/exit-codes"],
  ["docs/errors.md", "/reference/errors"],
  ["docs/servers.md", "/guides/servers#the-presets"],
];

/** Writes all pages and images for VitePress. Files that did not change are not touched, so a dev server stays quiet. */
export function writeAssembled(pages: readonly AssembledPage[], images: ReadonlyMap<string, string>): void {
  const known = new Set<string>();
  for (const page of pages) {
    const file = path.join(assembled, page.path);
    known.add(file);
    mkdirSync(path.dirname(file), { recursive: true });
    if (!existsSync(file) || readFileSync(file, "utf8") !== page.text) writeFileSync(file, page.text);
  }
  for (const [from, to] of images) {
    const file = path.join(assembled, "public", to);
    mkdirSync(path.dirname(file), { recursive: true });
    copyFileSync(path.join(root, from), file);
  }
}

/** Removes what an earlier build wrote. */
export function removeAssembled(): void {
  rmSync(assembled, { recursive: true, force: true });
}
