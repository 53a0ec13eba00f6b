import type { Box, MaskBitmap } from "../bitmap.ts";

/**
 * Makes the pixels that show a part of a mask on a screen of `size`: each has the tint as far as the source pixels
 * under it are marked, so that edges look smooth though the mask has none. Faint stripes tell the tint from the picture.
 */
export function tintPixels(
  { cells, width, height }: MaskBitmap,
  size: { readonly width: number; readonly height: number },
  part: Box,
  [red, green, blue]: readonly [number, number, number],
): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray((part.right - part.left) * (part.bottom - part.top) * 4);
  const across = width / size.width;
  const down = height / size.height;
  let to = 0;
  for (let y = part.top; y < part.bottom; y += 1) {
    const firstRow = Math.floor(y * down);
    const lastRow = Math.max(firstRow + 1, Math.floor((y + 1) * down));
    for (let x = part.left; x < part.right; x += 1) {
      const first = Math.floor(x * across);
      const last = Math.max(first + 1, Math.floor((x + 1) * across));
      let marked = 0;
      for (let row = firstRow; row < lastRow; row += 1)
        for (let at = row * width + first; at < row * width + last; at += 1) marked += cells[at] ?? 0;
      if (marked > 0) {
        const stripe = ((x + y) >> 2) & 1 ? 150 : 120;
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
