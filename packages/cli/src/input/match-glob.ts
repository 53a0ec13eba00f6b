/** Tells whether text is meant as a glob. */
export function isGlob(text: string): boolean {
  return /[*?[{]/.test(text);
}

/** Writes out `{a,b}` alternatives, nested ones too; a brace without a comma or an end stands for itself. */
export function expandBraces(pattern: string): string[] {
  for (let start = pattern.indexOf("{"); start !== -1; start = pattern.indexOf("{", start + 1)) {
    const parts = braceParts(pattern, start);
    if (parts === undefined) continue;
    const head = pattern.slice(0, start);
    const tail = pattern.slice(parts.end);
    return parts.words.flatMap((word) => expandBraces(head + word + tail));
  }
  return [pattern];
}

function braceParts(pattern: string, start: number): { words: string[]; end: number } | undefined {
  const words: string[] = [];
  let depth = 0;
  let from = start + 1;
  for (let at = start; at < pattern.length; at++) {
    const char = pattern[at];
    if (char === "{") depth++;
    else if (char === "," && depth === 1) {
      words.push(pattern.slice(from, at));
      from = at + 1;
    } else if (char === "}" && --depth === 0) {
      words.push(pattern.slice(from, at));
      return words.length > 1 ? { words, end: at + 1 } : undefined;
    }
  }
  return undefined;
}

/** Makes the expression for one path segment of a glob; a leading dot is matched by a dot only. */
export function segmentExpression(segment: string): RegExp {
  let source = segment.startsWith(".") ? "" : "(?!\\.)";
  for (let at = 0; at < segment.length; at++) {
    const char = segment[at] ?? "";
    if (char === "*") source += ".*";
    else if (char === "?") source += ".";
    else if (char === "[") {
      const end = segment.indexOf("]", at + 2);
      if (end === -1) source += "\\[";
      else {
        const body = segment
          .slice(at + 1, end)
          .replace(/^!/, "^")
          .replace(/[\\\]]/g, "\\$&");
        source += `[${body}]`;
        at = end;
      }
    } else source += char.replace(/[\\^$.|+()[\]{}]/g, "\\$&");
  }
  return new RegExp(`^${source}$`, "su");
}
