const wide =
  /^(?:[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}])/u;

let segmenter: Intl.Segmenter | undefined;

/** Returns the graphemes of text. The segmenter is created late, because help wraps text without it. */
function graphemes(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  return segmenter.segment(text);
}

/** Returns the columns that text takes on a terminal: two for East Asian wide characters and emoji. */
function displayWidth(text: string): number {
  let width = 0;
  for (const { segment } of graphemes(text)) width += wide.test(segment) ? 2 : 1;
  return width;
}

/** Truncates text to a number of columns, with `…` at the end if something was cut. */
export function fitWidth(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  let cut = "";
  let width = 0;
  for (const { segment } of graphemes(text)) {
    width += wide.test(segment) ? 2 : 1;
    if (width > columns - 1) break;
    cut += segment;
  }
  return `${cut}…`;
}

/** Wraps text at spaces into lines of at most `columns` characters. */
export function wrapText(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** The fewest columns that a cell is truncated to. */
const leastColumns = 8;

/**
 * Formats a heading and rows as columns. If they do not fit, the widest column is truncated until they do; never the
 * first one, because a name that is cut cannot be used. On a terminal too narrow for that, each row becomes a list.
 *
 * @returns Lines without trailing spaces.
 */
export function formatTable(rows: readonly (readonly string[])[], columns: number): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, displayWidth(cell));
  }
  const gaps = 2 * Math.max(0, widths.length - 1);
  while (widths.reduce((sum, width) => sum + width, gaps) > columns) {
    const widest = widths.indexOf(Math.max(...widths.slice(1)), 1);
    if ((widths[widest] ?? 0) <= leastColumns) return formatList(rows, columns);
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return rows.map((row) =>
    row
      .map((cell, at) => {
        const fitted = fitWidth(cell, widths[at] ?? 0);
        return fitted + " ".repeat(Math.max(0, (widths[at] ?? 0) - displayWidth(fitted)));
      })
      .join("  ")
      .trimEnd(),
  );
}

function formatList([heading = [], ...rows]: readonly (readonly string[])[], columns: number): string[] {
  return rows.flatMap(([name = "", ...cells]) => [
    name,
    ...cells.flatMap((cell, at) => (cell === "" ? [] : [fitWidth(`  ${heading[at + 1]}: ${cell}`, columns)])),
  ]);
}

/** Formats pairs of a label and a text, which is wrapped beside or below it. Nothing is cut. */
export function formatPairs(pairs: readonly (readonly [string, string])[], columns: number): string[] {
  const width = Math.max(0, ...pairs.map(([label]) => displayWidth(label))) + 2;
  return pairs.flatMap(([label, text]) => {
    const [first = "", ...rest] = wrapText(text, Math.max(leastColumns, columns - width));
    return [label.padEnd(width) + first, ...rest.map((line) => " ".repeat(width) + line)];
  });
}
