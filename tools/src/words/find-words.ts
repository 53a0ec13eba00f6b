import { type AllowedWord, allowedWords, type WordRule, wordRules } from "./word-rules.ts";

/** One term of {@link wordRules} in a file; line 0 is the file's name. */
export interface FoundWord {
  readonly line: number;
  readonly column: number;
  readonly text: string;
  readonly instead: string;
}

/** Finds the terms that a file may not have, in its name and in its text. Pure. */
export function findWords(
  path: string,
  text: string,
  rules: readonly WordRule[] = wordRules,
  allowed: readonly AllowedWord[] = allowedWords,
): FoundWord[] {
  const here = allowed.filter((place) => place.path === undefined || path.startsWith(place.path));
  // A term can be cut by the end of a line: "can" here, "not" there. Marks of comments and lists go with it.
  const blank = (line: string): string =>
    here.reduce((rest, place) => rest.replace(place.text, (found) => "_".repeat(found.length)), line);
  const found: FoundWord[] = [];
  const lines = [path.split("/").at(-1) ?? "", ...text.split("\n")].map(blank);
  for (const [line, content] of lines.entries()) {
    const next = line === 0 ? "" : (lines[line + 1] ?? "").replace(/^[\s*/#>-]+/, "");
    const both = `${content.trimEnd()} ${next}`;
    for (const { pattern, instead } of rules)
      for (const match of both.matchAll(pattern))
        if (match.index < content.length)
          found.push({ line, column: match.index + 1, text: match[0], instead });
  }
  return found;
}
