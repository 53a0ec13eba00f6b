import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { DefaultTheme } from "vitepress";
import { sidebar } from "../.vitepress/navigation.ts";
import { type AssembledPage, titleOf } from "./assemble.ts";
import { descriptionOf, withoutFrontMatter } from "./describe-page.ts";
import { flattenServers } from "./markdown/per-server.ts";

/** The sections of `llms.txt`, by the directory of their pages. */
const sections = [
  ["start", "Start"],
  ["guides", "Guides"],
  ["reference", "Reference"],
  ["contribute", "Contribute"],
] as const;

/** Writes each page as Markdown beside its HTML, and the list of all of them: https://llmstxt.org */
export function writeTextPages(pages: readonly AssembledPage[], dist: string): void {
  for (const page of pages) {
    const file = path.join(dist, page.path);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, plainText(page));
  }
  writeFileSync(path.join(dist, "llms.txt"), renderIndex(pages));
}

/** Returns a page without what only the site understands. The front matter of the home page is all of its first screen. */
export function plainText({ path: file, text }: AssembledPage): string {
  const plain = withoutFrontMatter(flattenServers(text)).replaceAll(/^(#{1,6} .*?) \{#[\w-]+\}$/gm, "$1");
  return file === "index.md" ? `${promise}\n\n${plain}` : plain;
}

const promise = `# Retouch

> The SDK, React hooks, CLI, queue, editor and mock for editing images through POST /v1/images/edits. Nothing avoidable is
> sent, nothing that may have been billed is sent twice, nothing billed is lost, no key reaches a browser.`;

/** Returns a line of a list of pages: a link, and what the page is about. */
export function listItem(text: string, link: string): string {
  const description = descriptionOf(text);
  return `- [${titleOf(text)}](${link})${description === undefined ? "" : `: ${description}`}`;
}

/** The pages of the sidebar, from the first to the last. */
export function pagesInOrder(directory: string): string[] {
  const links = (items: readonly DefaultTheme.SidebarItem[]): string[] =>
    items.flatMap(({ link, items = [] }) => [...(link === undefined ? [] : [link]), ...links(items)]);
  const all = links(sidebar[`/${directory}/`] as DefaultTheme.SidebarItem[]);
  return [...new Set(all.filter((link) => link.startsWith(`/${directory}/`)))];
}

function renderIndex(pages: readonly AssembledPage[]): string {
  const byUrl = new Map(pages.map((page) => [page.url, page]));
  const lists = sections.map(([directory, title]) => {
    const own = pagesInOrder(directory).flatMap((url) => byUrl.get(url) ?? []);
    return `## ${title}\n\n${own.map((page) => listItem(page.text, `/${page.path}`)).join("\n")}`;
  });
  return `${promise}

Every page is Markdown at its URL with \`.md\` behind it.

${lists.join("\n\n")}
`;
}
