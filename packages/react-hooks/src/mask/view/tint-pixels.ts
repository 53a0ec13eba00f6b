import type { Box, MaskBitmap } from "../bitmap.ts";
import type { CanvasGrid } from "./canvas-fit.ts";

/**
 * Creates the pixels of a part of the canvas, in canvas pixels, that shows a mask. The opacity of each follows the share
 * of marked image pixels below it, so that edges look smooth. Faint stripes distinguish the tint from the image.
 */
export function tintPixels(
  { pixels: mask, width, height }: MaskBitmap,
  grid: CanvasGrid,
  part: Box,
  [red, green, blue]: readonly [number, number, number],
): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray((part.right - part.left) * (part.bottom - part.top) * 4);
  const columns = spans(part.left, part.right, grid.left, grid.across, width);
  const rows = spans(part.top, part.bottom, grid.top, grid.down, height);
  const stripes = Math.round(grid.left) + Math.round(grid.top);
  let to = 0;
  for (let y = part.top; y < part.bottom; y += 1) {
    const firstRow = rows[2 * (y - part.top)] ?? 0;
    const lastRow = rows[2 * (y - part.top) + 1] ?? 0;
    for (let x = part.left; x < part.right; x += 1) {
      const first = columns[2 * (x - part.left)] ?? 0;
      const last = columns[2 * (x - part.left) + 1] ?? 0;
      let marked = 0;
      for (let row = firstRow; row < lastRow; row += 1)
        for (let at = row * width + first; at < row * width + last; at += 1) marked += mask[at] ?? 0;
      if (marked > 0) {
        const stripe = ((x + y + stripes) >> 2) & 1 ? 150 : 120;
        pixels[to] = red;
        pixels[to + 1] = green;
        pixels[to + 2] = blue;
        pixels[to + 3] = (stripe * marked) / ((last - first) * (lastRow - firstRow));
      }
      to += 4;
    }
  }
  return pixels;
}

/** Returns, for each canvas pixel from `from` to `to`, the first image pixel below it and the one after the last. */
function spans(from: number, to: number, origin: number, scale: number, count: number): Int32Array {
  // Fractions that cancel each other must not end at the pixel before.
  const indexOf = (position: number): number => Math.floor((position + origin) / scale + 1e-6);
  const spanned = new Int32Array(2 * (to - from));
  for (let at = from; at < to; at += 1) {
    const first = Math.min(count - 1, Math.max(0, indexOf(at)));
    spanned[2 * (at - from)] = first;
    spanned[2 * (at - from) + 1] = Math.min(count, Math.max(first + 1, indexOf(at + 1)));
  }
  return spanned;
}
