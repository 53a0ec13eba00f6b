import { type Box, fillBox, type MaskBitmap } from "./bitmap.ts";

/** Run-length encoding of a bitmap: the indexes, row by row, where marked and unmarked pixels alternate. */
export type RunLengths = Uint32Array<ArrayBuffer>;

/** Encodes a bitmap. `indexOf` compares many bytes at a time, so this takes about as long as reading them. */
export function encodeRuns({ pixels }: MaskBitmap): RunLengths {
  const changes: number[] = [];
  let wanted = 1;
  for (let at = pixels.indexOf(1); at >= 0; at = pixels.indexOf(wanted, at)) {
    changes.push(at);
    wanted = 1 - wanted;
  }
  if (changes.length % 2 === 1) changes.push(pixels.length);
  return Uint32Array.from(changes);
}

/** Decodes one area of an encoded bitmap. */
export function decodeRuns(bitmap: MaskBitmap, runs: RunLengths, box: Box): void {
  fillBox(bitmap, box, 0);
  for (let y = box.top; y < box.bottom; y += 1) {
    const left = y * bitmap.width + box.left;
    const right = y * bitmap.width + box.right;
    for (let at = firstRunEndingAfter(runs, left); at < runs.length; at += 2) {
      const from = runs[at] ?? 0;
      if (from >= right) break;
      bitmap.pixels.fill(1, Math.max(left, from), Math.min(right, runs[at + 1] ?? 0));
    }
  }
}

/** Finds the first marked run that ends after `index`: runs are pairs of start and end, in order. */
function firstRunEndingAfter(runs: RunLengths, index: number): number {
  let low = 0;
  let high = runs.length / 2;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((runs[2 * middle + 1] ?? 0) > index) high = middle;
    else low = middle + 1;
  }
  return 2 * low;
}
