import { assemblePages } from "../src/assemble.ts";
import { readerServers } from "../src/markdown/per-server.ts";
import { headingsOf } from "../src/markdown/sections.ts";
import { readWrittenPages } from "../src/pages.ts";

/** A block of code as a reader of a page sees it. */
export interface PageBlock {
  readonly page: string;
  readonly language: string;
  readonly code: string;
  /** The name of the file that the line above it gives, such as `src/App.tsx`. */
  readonly file: string | undefined;
  /** The server that it is for, where each has a tab of its own. */
  readonly server: string | undefined;
  /** The heading that it is below. */
  readonly heading: string | undefined;
}

const { pages } = assemblePages(readWrittenPages());
/** The tab that a page shows first. */
const firstServer = readerServers[0]?.name;

/** Every block of code on every page, what they include too. */
export const pageBlocks: readonly PageBlock[] = pages.flatMap(({ path: page, text }) => {
  const headings = headingsOf(text.split("\n"));
  let group: string[] = [];
  return [...text.matchAll(/^( *)(`{3,})(\w*)(?: \[([^\]]+)\])?\n(.*?)^\1\2$/gms)].map((match) => {
    const [, indent = "", , language = "", server, code = ""] = match;
    const above = text.slice(0, match.index).trimEnd().split("\n");
    const heading = headings.findLast(({ line }) => line < above.length)?.text;
    // The tabs of a group share the line above the first one.
    if (above.at(-1)?.startsWith("::: code-group"))
      group = above.slice(0, -1).join("\n").trimEnd().split("\n");
    const line = (server === undefined ? above : group).at(-1) ?? "";
    const file = /`([\w./-]*\.(?:[cm]?[jt]sx?|json|yaml|vars))`.*:$/.exec(line)?.[1];
    return {
      page,
      language,
      code: code.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
      file: language === "sh" ? undefined : file,
      server,
      heading,
    };
  });
});

/** Finds the one block of a page that matches: by its code, or by the file that it is; in the tabs of a server. */
export function blockOf(page: string, wanted: RegExp | string, server = firstServer): PageBlock {
  const found = pageBlocks.filter(
    (one) =>
      one.page === page &&
      (one.server ?? server) === server &&
      (typeof wanted === "string" ? one.file === wanted : wanted.test(one.code)),
  );
  const [first] = found;
  if (first === undefined || found.length > 1)
    throw new Error(`${page} has ${found.length} blocks with ${wanted}. A newcomer needs one.`);
  return first;
}

/** The files that a page names, in the tabs of a server, and below a heading where two are named alike. */
export function filesOf(page: string, server = firstServer, heading?: string): PageBlock[] {
  return pageBlocks.filter(
    (one) =>
      one.page === page &&
      one.file !== undefined &&
      (one.server ?? server) === server &&
      (heading === undefined || one.heading === heading),
  );
}
