import type { Pixels } from "../edit-job.ts";

/**
 * Maps the holes of a mask (alpha 0) to the pixels of the result.
 *
 * A result pixel is in a hole only if every mask pixel that it covers or touches is fully transparent, so that nothing
 * outside changes, however the two are resized. At equal sizes the mapping is exact.
 *
 * @returns one byte per pixel: 1 inside a hole, 0 outside.
 */
export function mapMask(mask: Pixels, width: number, height: number): Uint8Array {
  const columns = spans(mask.width, width);
  const rows = spans(mask.height, height);
  // First all rows of the mask at the width of the result, then all rows of the result.
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

/** Returns the first and last mask pixel that each result pixel covers, including a margin of half a pixel. */
function spans(sourceLength: number, length: number): Span[] {
  if (sourceLength === length) return Array.from({ length }, (_, index) => [index, index]);
  const scale = sourceLength / length;
  return Array.from({ length }, (_, index) => [
    Math.max(0, Math.floor(index * scale - 0.5)),
    Math.min(sourceLength - 1, Math.ceil((index + 1) * scale + 0.5) - 1),
  ]);
}
