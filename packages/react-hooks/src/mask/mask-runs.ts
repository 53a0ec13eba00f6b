import { type Box, fillBox, type MaskBitmap } from "./bitmap.ts";

/** Is a bitmap in few bytes: the places, counted row by row, where marked and unmarked pixels take turns. */
export type MaskRuns = Uint32Array<ArrayBuffer>;

/** Packs a bitmap. `indexOf` compares many bytes at a time, so this takes about as long as reading them. */
export function packRuns({ cells }: MaskBitmap): MaskRuns {
  const turns: number[] = [];
  let looksFor = 1;
  for (let at = cells.indexOf(1); at >= 0; at = cells.indexOf(looksFor, at)) {
    turns.push(at);
    looksFor = 1 - looksFor;
  }
  if (turns.length % 2 === 1) turns.push(cells.length);
  return Uint32Array.from(turns);
}

/** Puts a part of a packed bitmap back. */
export function unpackRuns(bitmap: MaskBitmap, runs: MaskRuns, box: Box): void {
  fillBox(bitmap, box, 0);
  for (let y = box.top; y < box.bottom; y += 1) {
    const left = y * bitmap.width + box.left;
    const right = y * bitmap.width + box.right;
    for (let at = firstRunEndingAfter(runs, left); at < runs.length; at += 2) {
      const from = runs[at] ?? 0;
      if (from >= right) break;
      bitmap.cells.fill(1, Math.max(left, from), Math.min(right, runs[at + 1] ?? 0));
    }
  }
}

/** Finds the first marked run that reaches beyond `place`: runs are pairs of start and end, in order. */
function firstRunEndingAfter(runs: MaskRuns, place: number): number {
  let low = 0;
  let high = runs.length / 2;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((runs[2 * middle + 1] ?? 0) > place) high = middle;
    else low = middle + 1;
  }
  return 2 * low;
}
