/** Rectangle of an image in integer pixels; `right` and `bottom` are exclusive. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Mask with one byte per image pixel: 1 where the image may change, else 0. */
export interface MaskBitmap {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array<ArrayBuffer>;
}

/**
 * Creates a bitmap in which nothing is marked.
 *
 * @throws RangeError for a size that no image has. 0 is allowed: the size is not known yet.
 */
export function createBitmap(width: number, height: number): MaskBitmap {
  if (!(Number.isInteger(width) && Number.isInteger(height) && width >= 0 && height >= 0)) {
    throw new RangeError(
      `A mask cannot be ${width}x${height}. Pass the size of the image in integer pixels: \`naturalWidth\`, \`naturalHeight\`.`,
    );
  }
  return { width, height, pixels: new Uint8Array(width * height) };
}

/** Returns the box of the complete image. */
export function boxOf({ width, height }: { width: number; height: number }): Box {
  return { left: 0, top: 0, right: width, bottom: height };
}

/** Returns the smallest box around both; `undefined` is empty. */
export function unite(a: Box | undefined, b: Box | undefined): Box | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return {
    left: Math.min(a.left, b.left),
    top: Math.min(a.top, b.top),
    right: Math.max(a.right, b.right),
    bottom: Math.max(a.bottom, b.bottom),
  };
}

/** Returns the area that both share, or `undefined`. */
export function intersect(a: Box, b: Box): Box | undefined {
  const box = {
    left: Math.max(a.left, b.left),
    top: Math.max(a.top, b.top),
    right: Math.min(a.right, b.right),
    bottom: Math.min(a.bottom, b.bottom),
  };
  return box.left < box.right && box.top < box.bottom ? box : undefined;
}

/** Sets the pixels of row `y` whose centers are between `from` and `to`, within `clip`. */
export function fillSpan(
  { pixels, width }: MaskBitmap,
  y: number,
  from: number,
  to: number,
  value: 0 | 1,
  clip: Box,
): void {
  const start = Math.max(clip.left, Math.ceil(from - 0.5));
  const end = Math.min(clip.right, Math.floor(to - 0.5) + 1);
  if (start < end) pixels.fill(value, y * width + start, y * width + end);
}

/** Sets every pixel of a box. */
export function fillBox({ pixels, width }: MaskBitmap, box: Box, value: 0 | 1): void {
  for (let y = box.top; y < box.bottom; y += 1)
    pixels.fill(value, y * width + box.left, y * width + box.right);
}

/** Inverts every pixel of a box. */
export function invertBox({ pixels, width, height }: MaskBitmap, box: Box): void {
  if (box.left === 0 && box.right === width && box.top === 0 && box.bottom === height) {
    const words = wordsOf(pixels);
    for (let at = 0; at < words.length; at += 1) words[at] = (words[at] ?? 0) ^ 0x01010101;
    for (let at = words.length * 4; at < pixels.length; at += 1) pixels[at] = 1 - (pixels[at] ?? 0);
    return;
  }
  for (let y = box.top; y < box.bottom; y += 1) {
    const end = y * width + box.right;
    for (let at = y * width + box.left; at < end; at += 1) pixels[at] = 1 - (pixels[at] ?? 0);
  }
}

/** Counts the marked pixels of a box, by default of all. */
export function countMarked(bitmap: MaskBitmap, { left, top, right, bottom } = boxOf(bitmap)): number {
  const { pixels, width } = bitmap;
  if (left === 0 && right === width) return countBytes(pixels.subarray(top * width, bottom * width));
  let marked = 0;
  for (let y = top; y < bottom; y += 1)
    marked += countBytes(pixels.subarray(y * width + left, y * width + right));
  return marked;
}

/** Counts bytes of 1, four at a time: each byte of a word sums up to at most 255 before it is read. */
function countBytes(bytes: Uint8Array<ArrayBuffer>): number {
  let marked = 0;
  let first = 0;
  for (; first < bytes.length && (bytes.byteOffset + first) % 4 !== 0; first += 1)
    marked += bytes[first] ?? 0;
  const words = wordsOf(bytes.subarray(first));
  for (let at = 0; at < words.length; ) {
    const end = Math.min(words.length, at + 255);
    let sums = 0;
    for (; at < end; at += 1) sums += words[at] ?? 0;
    marked += (sums & 255) + ((sums >>> 8) & 255) + ((sums >>> 16) & 255) + (sums >>> 24);
  }
  for (let at = first + words.length * 4; at < bytes.length; at += 1) marked += bytes[at] ?? 0;
  return marked;
}

/** Returns whole words of bytes that begin at one. */
function wordsOf(bytes: Uint8Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const { buffer, byteOffset, length } = bytes;
  return length < 4 ? new Uint32Array() : new Uint32Array(buffer, byteOffset, length >> 2);
}
