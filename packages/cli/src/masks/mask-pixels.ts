import type { Rectangle } from "./parse-rectangle.ts";

/** One byte a pixel: 0 where to edit, 255 where to keep. */
export interface MaskPixels {
  readonly width: number;
  readonly height: number;
  readonly keep: Uint8Array;
}

/** Makes a mask that keeps everything. */
export function keepAll(width: number, height: number): MaskPixels {
  return { width, height, keep: new Uint8Array(width * height).fill(255) };
}

/** Marks a rectangle to be edited. */
export function editRectangle(mask: MaskPixels, { x, y, width, height }: Rectangle): void {
  for (let row = y; row < y + height; row++)
    mask.keep.fill(0, row * mask.width + x, row * mask.width + x + width);
}

/** Marks the ellipse that fills a rectangle to be edited. */
export function editEllipse(mask: MaskPixels, { x, y, width, height }: Rectangle): void {
  const centreY = y + height / 2;
  for (let row = y; row < y + height; row++) {
    const dy = (row + 0.5 - centreY) / (height / 2);
    const half = (width / 2) * Math.sqrt(Math.max(0, 1 - dy * dy));
    const from = Math.ceil(x + width / 2 - half - 0.5);
    const to = Math.floor(x + width / 2 + half - 0.5) + 1;
    if (to > from) mask.keep.fill(0, row * mask.width + from, row * mask.width + to);
  }
}

/** Swaps what is edited and what is kept. */
export function invertMask(mask: MaskPixels): void {
  for (let at = 0; at < mask.keep.length; at++) mask.keep[at] = 255 - (mask.keep[at] ?? 0);
}

/** Counts the pixels to be edited. */
export function editedPixels(mask: MaskPixels): number {
  let count = 0;
  for (const value of mask.keep) if (value === 0) count++;
  return count;
}
