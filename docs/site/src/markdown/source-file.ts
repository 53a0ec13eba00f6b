import { readFileSync } from "node:fs";
import path from "node:path";
import { blocksOf, codeLines, type Heading, headingsOf } from "./sections.ts";

export const root = path.join(import.meta.dirname, "../../../..");

/** A Markdown file of the repository that pages take text and code from. */
export interface SourceFile {
  /** From the project's root. */
  readonly file: string;
  readonly lines: readonly string[];
  readonly headings: readonly Heading[];
}

/** Reads a Markdown file, given by its path from the project's root. */
export function readSource(file: string): SourceFile {
  const text = readFileSync(path.join(root, file), "utf8").replaceAll("\r\n", "\n");
  const lines = text.replace(/^<!--.*?-->\n+/s, "").split("\n");
  return { file, lines, headings: headingsOf(lines) };
}

/** Lines of a section without its heading, up to the next heading of its level. The complete file without a slug. */
export function sectionOf(source: SourceFile, slug: string | undefined): { level: number; lines: string[] } {
  const found =
    slug === undefined ? source.headings[0] : source.headings.find((heading) => heading.slug === slug);
  if (found === undefined) throw new Error(`${source.file} has no heading #${slug}.`);
  const end = source.headings.find(({ line, level }) => line > found.line && level <= found.level)?.line;
  return { level: found.level, lines: source.lines.slice(found.line + 1, end) };
}

/** Returns the one block of a section that matches. */
export function findBlock(source: SourceFile, slug: string | undefined, pattern: RegExp): string {
  const found = blocksOf(sectionOf(source, slug).lines).filter((block) => pattern.test(block));
  const [first] = found;
  if (first === undefined || found.length > 1)
    throw new Error(`${source.file}#${slug ?? ""} has ${found.length} blocks with ${pattern}. Name one.`);
  return first;
}

/** Returns lines whose headings are moved by some levels. */
export function shiftHeadings(lines: readonly string[], by: number): string[] {
  const isCode = codeLines(lines);
  return lines.map((line, at) => {
    const marks = isCode[at] ? undefined : /^#{1,6}(?= )/.exec(line)?.[0];
    return marks === undefined ? line : "#".repeat(Math.max(2, marks.length + by)) + line.slice(marks.length);
  });
}
