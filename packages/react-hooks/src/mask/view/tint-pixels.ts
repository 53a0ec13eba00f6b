import type { Box, MaskBitmap } from "../bitmap.ts";

/**
 * Creates the pixels that show a part of a mask on a canvas of `size`. The opacity of each follows the share of marked
 * image pixels below it, so that edges look smooth. Faint stripes distinguish the tint from the image.
 */
export function tintPixels(
  { pixels: mask, width, height }: MaskBitmap,
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
        for (let at = row * width + first; at < row * width + last; at += 1) marked += mask[at] ?? 0;
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
