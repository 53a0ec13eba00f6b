import { readFileSync } from "node:fs";
import path from "node:path";
import { markLinks } from "./mark-links.ts";
import { markServers } from "./per-server.ts";
import { codeLines, headingsOf } from "./sections.ts";
import { findBlock, readSource, root, type SourceFile, sectionOf, shiftHeadings } from "./source-file.ts";

/** A page with what it includes. */
export interface ExpandedPage {
  readonly text: string;
  /** The files that it was made of. */
  readonly sources: readonly string[];
  /** The headings of other files that are on this page now, as `file#slug`, with their anchors here. */
  readonly anchors: ReadonlyMap<string, string>;
}

const directive =
  /^<!-- (include|block|code): ([\w./-]+?)(?:#([\w-]+))?(?: \/(.*)\/)?( with heading)?( per server)? -->$/;

/**
 * Replaces the directives of a page, so that its text and code have one source:
 *
 *     <!-- include: packages/client/README.md#masks -->                the section, without its heading
 *     <!-- include: packages/client/README.md#masks with heading -->   and with it
 *     <!-- include: packages/client/README.md#streaming per server --> with a tab for each server, where a model is named
 *     <!-- block: packages/client/README.md#masks /createMask/ -->     its one block that matches: code, table, paragraph
 *     <!-- code: contract/full/release/samples/node/edit.mjs -->       a file of code
 *
 * @throws Error when a file has no such heading, or not exactly one such block.
 */
export function expandIncludes(page: string, name: string): ExpandedPage {
  const sources = new Map<string, SourceFile>();
  const anchors = new Map<string, string>();
  const read = (file: string): SourceFile => {
    const known = sources.get(file) ?? readSource(file);
    sources.set(file, known);
    return known;
  };
  const codeFiles: string[] = [];
  const output: string[] = [];
  const lines = page.split("\n");
  const isCode = codeLines(lines);
  for (const [at, line] of lines.entries()) {
    const match = isCode[at] ? null : directive.exec(line);
    if (match === null) {
      if (!isCode[at] && /^<!-- (?:include|block|code):/.test(line))
        throw new Error(`${name} has no such directive: ${line}`);
      output.push(line);
      continue;
    }
    const [, kind, file = "", slug, pattern, withHeading, perServer] = match;
    if (kind === "code") {
      codeFiles.push(file);
      const text = readFileSync(path.join(root, file), "utf8").trimEnd();
      output.push(`\`\`\`${path.extname(file).slice(1)}\n${text}\n\`\`\``);
      continue;
    }
    const source = read(file);
    if (kind === "block") {
      output.push(markLinks(findBlock(source, slug, new RegExp(pattern ?? "")), file));
      if (slug !== undefined && !anchors.has(`${file}#${slug}`)) anchors.set(`${file}#${slug}`, "");
      continue;
    }
    const section = sectionOf(source, slug);
    const heading = source.headings.find((one) => one.slug === slug);
    const above = headingsOf(output).at(-1)?.level ?? 1;
    const by = withHeading === undefined ? above - section.level : 2 - section.level;
    const body =
      withHeading === undefined ? section.lines : [source.lines[heading?.line ?? 0] ?? "", ...section.lines];
    const own = shiftHeadings(body, by);
    const shifted = perServer === undefined ? own : markServers(own);
    if (slug === undefined) anchors.set(file, "");
    else if (withHeading === undefined) anchors.set(`${file}#${slug}`, "");
    for (const one of headingsOf(shifted)) anchors.set(`${file}#${one.slug}`, one.slug);
    for (const [, id] of shifted.join("\n").matchAll(/<a id="([\w-]+)">/g))
      anchors.set(`${file}#${id}`, id ?? "");
    output.push(markLinks(shifted.join("\n").trim(), file));
  }
  return { text: closeComments(output.join("\n")), sources: [...sources.keys(), ...codeFiles], anchors };
}

/** Moves the comments of commands behind them: aligned in a column, they are cut off on a phone. */
function closeComments(text: string): string {
  return text.replaceAll(/^```sh\n.*?^```$/gms, (block) => block.replaceAll(/(?<=\S) {2,}(?=# )/g, "  "));
}
