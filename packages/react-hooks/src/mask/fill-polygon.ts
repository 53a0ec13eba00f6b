import { type Box, fillSpan, type MaskBitmap } from "./bitmap.ts";

interface Crossing {
  readonly x: number;
  readonly direction: 1 | -1;
}

/**
 * Fills a closed outline of `x, y, x, y, ...` by the nonzero rule: a lasso that crosses itself has no hole.
 *
 * @see https://en.wikipedia.org/wiki/Nonzero-rule
 */
export function fillPolygon(bitmap: MaskBitmap, outline: readonly number[], value: 0 | 1, clip: Box): void {
  const rows = new Map<number, Crossing[]>();
  for (let at = 0; at < outline.length; at += 2) {
    const next = (at + 2) % outline.length;
    addCrossings(
      rows,
      clip,
      outline[at] ?? 0,
      outline[at + 1] ?? 0,
      outline[next] ?? 0,
      outline[next + 1] ?? 0,
    );
  }
  for (const [y, crossings] of rows) {
    crossings.sort((a, b) => a.x - b.x);
    let winding = 0;
    let from = 0;
    for (const { x, direction } of crossings) {
      if (winding === 0) from = x;
      winding += direction;
      if (winding === 0) fillSpan(bitmap, y, from, x, value, clip);
    }
  }
}

function addCrossings(
  rows: Map<number, Crossing[]>,
  clip: Box,
  x0: number,
  y0: number,
  x1: number,
  y1: number,
): void {
  if (y0 === y1) return;
  const direction = y0 < y1 ? 1 : -1;
  // Rows whose center is in [upper, lower): a corner that two edges share counts once.
  const first = Math.max(clip.top, Math.ceil(Math.min(y0, y1) - 0.5));
  const last = Math.min(clip.bottom, Math.ceil(Math.max(y0, y1) - 0.5));
  for (let y = first; y < last; y += 1) {
    const crossing: Crossing = { x: x0 + ((y + 0.5 - y0) / (y1 - y0)) * (x1 - x0), direction };
    const row = rows.get(y);
    if (row === undefined) rows.set(y, [crossing]);
    else row.push(crossing);
  }
}
