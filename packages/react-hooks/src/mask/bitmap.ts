/** Is a part of a picture in whole pixels: `right` and `bottom` are just outside. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** One byte a pixel of the source: 1 where the picture is to be changed, else 0. Never anything between. */
export interface MaskBitmap {
  readonly width: number;
  readonly height: number;
  readonly cells: Uint8Array<ArrayBuffer>;
}

/**
 * Makes a bitmap in which nothing is marked.
 *
 * @throws RangeError for a size that no picture has; 0 is one that is not known yet.
 */
export function createBitmap(width: number, height: number): MaskBitmap {
  if (!(Number.isInteger(width) && Number.isInteger(height) && width >= 0 && height >= 0)) {
    throw new RangeError(
      `A mask can not be ${width}x${height}. Give the picture's own size in whole pixels: \`naturalWidth\`, \`naturalHeight\`.`,
    );
  }
  return { width, height, cells: new Uint8Array(width * height) };
}

/** Gives the whole of a picture. */
export function boxOf({ width, height }: { width: number; height: number }): Box {
  return { left: 0, top: 0, right: width, bottom: height };
}

/** Gives the smallest box around both; an absent one is nowhere. */
export function unite(a: Box | undefined, b: Box | undefined): Box | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return {
    left: Math.min(a.left, b.left),
    top: Math.min(a.top, b.top),
    right: Math.max(a.right, b.right),
    bottom: Math.max(a.bottom, b.bottom),
  };
}

/** Gives what both share, or `undefined`. */
export function intersect(a: Box, b: Box): Box | undefined {
  const box = {
    left: Math.max(a.left, b.left),
    top: Math.max(a.top, b.top),
    right: Math.min(a.right, b.right),
    bottom: Math.min(a.bottom, b.bottom),
  };
  return box.left < box.right && box.top < box.bottom ? box : undefined;
}

/** Sets the pixels of row `y` whose centres lie from `from` to `to`, as far as `clip` allows. */
export function fillSpan(
  { cells, width }: MaskBitmap,
  y: number,
  from: number,
  to: number,
  value: 0 | 1,
  clip: Box,
): void {
  const start = Math.max(clip.left, Math.ceil(from - 0.5));
  const end = Math.min(clip.right, Math.floor(to - 0.5) + 1);
  if (start < end) cells.fill(value, y * width + start, y * width + end);
}

/** Sets every pixel of a box. */
export function fillBox({ cells, width }: MaskBitmap, box: Box, value: 0 | 1): void {
  for (let y = box.top; y < box.bottom; y += 1)
    cells.fill(value, y * width + box.left, y * width + box.right);
}

/** Turns marked pixels of a box into unmarked ones and the other way round. */
export function invertBox({ cells, width, height }: MaskBitmap, box: Box): void {
  if (box.left === 0 && box.right === width && box.top === 0 && box.bottom === height) {
    const words = wordsOf(cells);
    for (let at = 0; at < words.length; at += 1) words[at] = (words[at] ?? 0) ^ 0x01010101;
    for (let at = words.length * 4; at < cells.length; at += 1) cells[at] = 1 - (cells[at] ?? 0);
    return;
  }
  for (let y = box.top; y < box.bottom; y += 1) {
    const end = y * width + box.right;
    for (let at = y * width + box.left; at < end; at += 1) cells[at] = 1 - (cells[at] ?? 0);
  }
}

/** Counts the marked pixels, four at a time: each byte of a word adds up to at most 255 before it is read out. */
export function countMarked({ cells }: MaskBitmap): number {
  const words = wordsOf(cells);
  let marked = 0;
  for (let at = 0; at < words.length; ) {
    const end = Math.min(words.length, at + 255);
    let sums = 0;
    for (; at < end; at += 1) sums += words[at] ?? 0;
    marked += (sums & 255) + ((sums >>> 8) & 255) + ((sums >>> 16) & 255) + (sums >>> 24);
  }
  for (let at = words.length * 4; at < cells.length; at += 1) marked += cells[at] ?? 0;
  return marked;
}

function wordsOf(cells: Uint8Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  return new Uint32Array(cells.buffer, 0, cells.length >> 2);
}
