import type { Pixels } from "../edit-job.ts";

/**
 * Maps a mask's holes (alpha 0) onto the result's grid.
 *
 * A result pixel belongs to a hole only when every mask pixel that it covers or borders on is fully transparent, so that
 * nothing outside is touched, whichever way the two are resized. At equal sizes the mapping is exact.
 *
 * @returns one byte a pixel: 1 inside a hole, 0 outside.
 */
export function mapHoles(mask: Pixels, width: number, height: number): Uint8Array {
  const columns = spans(mask.width, width);
  const rows = spans(mask.height, height);
  // First all rows of the mask at the result's width, then all rows of the result.
  const across = new Uint8Array(width * mask.height);
  for (let y = 0; y < mask.height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const [from, to] = columns[x] as Span;
      let open = 1;
      for (let source = from; source <= to && open; source += 1) {
        if (mask.data[(y * mask.width + source) * 4 + 3] !== 0) open = 0;
      }
      across[y * width + x] = open;
    }
  }
  if (mask.height === height) return across;
  const holes = new Uint8Array(width * height);
  for (let y = 0; y < height; y += 1) {
    const [from, to] = rows[y] as Span;
    for (let x = 0; x < width; x += 1) {
      let open = 1;
      for (let source = from; source <= to && open; source += 1) open = across[source * width + x] as number;
      holes[y * width + x] = open;
    }
  }
  return holes;
}

type Span = [first: number, last: number];

/** For each result pixel, the first and last mask pixel that it covers, half a pixel of margin included. */
function spans(sourceLength: number, length: number): Span[] {
  if (sourceLength === length) return Array.from({ length }, (_, index) => [index, index]);
  const scale = sourceLength / length;
  return Array.from({ length }, (_, index) => [
    Math.max(0, Math.floor(index * scale - 0.5)),
    Math.min(sourceLength - 1, Math.ceil((index + 1) * scale + 0.5) - 1),
  ]);
}
