import { displayWidth, fitWidth } from "./display-width.ts";

/**
 * Lays rows out in columns; when they do not fit, the widest column is cut until they do.
 *
 * @returns one line a row, without trailing spaces.
 */
export function formatTable(rows: readonly (readonly string[])[], columns: number): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, displayWidth(cell));
  }
  const gaps = 2 * Math.max(0, widths.length - 1);
  while (widths.reduce((sum, width) => sum + width, gaps) > columns) {
    const widest = widths.indexOf(Math.max(...widths));
    if ((widths[widest] ?? 0) <= 8) break;
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
