/** A heading of a page, and where it is. */
export interface Heading {
  readonly level: number;
  readonly text: string;
  readonly slug: string;
  /** Index of its line. */
  readonly line: number;
}

/** Returns the anchor that GitHub gives a heading. The site uses the same, so links of a README hold on both. */
export function slugOf(text: string): string {
  return text
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/<[^>]*>/g, "")
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replace(/\s/g, "-");
}

/** Returns for each line whether it is code. */
export function codeLines(lines: readonly string[]): boolean[] {
  let fence: string | undefined;
  return lines.map((line) => {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence === undefined) {
      fence = mark;
      return mark !== undefined;
    }
    if (mark?.startsWith(fence)) fence = undefined;
    return true;
  });
}

/** Returns the headings of a page. An anchor that is written behind one, as `{#name}`, is its slug. */
export function headingsOf(lines: readonly string[]): Heading[] {
  const isCode = codeLines(lines);
  const found: Heading[] = [];
  for (const [line, text] of lines.entries()) {
    const match = isCode[line] ? null : /^(#{1,6}) (.*?)(?: \{#([\w-]+)\})?$/.exec(text);
    if (match === null) continue;
    const [, marks = "", title = "", anchor] = match;
    found.push({ level: marks.length, text: title, slug: anchor ?? slugOf(title), line });
  }
  return found;
}

/** Returns the blocks of a text: paragraphs, tables, lists and code, which blank lines part. */
export function blocksOf(lines: readonly string[]): string[] {
  const isCode = codeLines(lines);
  const blocks: string[][] = [[]];
  for (const [at, line] of lines.entries()) {
    if (line.trim() === "" && !isCode[at]) blocks.push([]);
    else blocks.at(-1)?.push(line);
  }
  return blocks.filter((block) => block.length > 0).map((block) => block.join("\n"));
}
