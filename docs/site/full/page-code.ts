import { assemblePages } from "../src/assemble.ts";
import { headingsOf } from "../src/markdown/sections.ts";
import { readWrittenPages } from "../src/pages.ts";

/** A block of code as a reader of a page sees it. */
export interface PageBlock {
  readonly page: string;
  readonly language: string;
  readonly code: string;
  /** The name of the file that the line above it gives, such as `src/App.tsx`. */
  readonly file: string | undefined;
  /** The heading that it is below. */
  readonly heading: string | undefined;
}

const { pages } = assemblePages(readWrittenPages());

/** Every block of code on every page, what they include too. */
export const pageBlocks: readonly PageBlock[] = pages.flatMap(({ path: page, text }) => {
  const headings = headingsOf(text.split("\n"));
  return [...text.matchAll(/^( *)(`{3,})(\w+)\n(.*?)^\1\2$/gms)].map((match) => {
    const [, indent = "", , language = "", code = ""] = match;
    const above = text.slice(0, match.index).trimEnd().split("\n");
    const heading = headings.findLast(({ line }) => line < above.length)?.text;
    const file = /`([\w./-]+\.(?:[cm]?[jt]sx?|json|yaml|vars))`.*:$/.exec(above.at(-1) ?? "")?.[1];
    return {
      page,
      language,
      code: code.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
      file: language === "sh" ? undefined : file,
      heading,
    };
  });
});

/** Finds the one block of a page that matches: by its code, or by the file that it is. */
export function blockOf(page: string, wanted: RegExp | string): PageBlock {
  const found = pageBlocks.filter(
    (one) => one.page === page && (typeof wanted === "string" ? one.file === wanted : wanted.test(one.code)),
  );
  const [first] = found;
  if (first === undefined || found.length > 1)
    throw new Error(`${page} has ${found.length} blocks with ${wanted}. A newcomer needs one.`);
  return first;
}
