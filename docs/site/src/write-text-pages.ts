import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type AssembledPage, titleOf } from "./assemble.ts";
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

/** Returns a page without what only the site understands. */
export function plainText({ text }: AssembledPage): string {
  return flattenServers(text)
    .replace(/^---\n.*?\n---\n+/s, "")
    .replaceAll(/^(#{1,6} .*?) \{#[\w-]+\}$/gm, "$1");
}

function renderIndex(pages: readonly AssembledPage[]): string {
  const lists = sections.map(([directory, title]) => {
    const own = pages.filter((page) => page.path.startsWith(`${directory}/`));
    return `## ${title}\n\n${own.map((page) => `- [${titleOf(page.text)}](/${page.path})`).join("\n")}`;
  });
  return `# Retouch

> The SDK, React hook, CLI, queue, editor and mock for editing images through POST /v1/images/edits. Nothing avoidable is
> sent, nothing that may have been billed is sent twice, nothing billed is lost, no key reaches a browser.

Every page is Markdown at its URL with \`.md\` behind it.

${lists.join("\n\n")}
`;
}
