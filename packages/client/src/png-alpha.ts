import { bytesPerPixel, type Lanes } from "./png-rows.ts";
import type { PngHeader } from "./png-stream.ts";

/** How to see the alpha of a PNG's pixels. */
export interface AlphaView {
  readonly lanes: Lanes;
  /** Writes the alpha of a row's first pixels, one byte each: 0 only for 0, 255 only for opaque, whatever the depth. */
  readonly read: (row: Uint8Array, alpha: Uint8Array) => void;
}

/** Tells how to see a picture's alpha, or `undefined` when it has no alpha at all. */
export function alphaViewOf(header: PngHeader): AlphaView | undefined {
  const { colorType, bitDepth, transparency } = header;
  const pixelBytes = bytesPerPixel(header);
  if (colorType === 4 || colorType === 6) {
    const count = bitDepth / 8;
    return { lanes: { first: pixelBytes - count, count }, read: count === 1 ? copyBytes : readWords };
  }
  if (!transparency) return undefined;
  const lanes = { first: 0, count: pixelBytes };
  if (colorType === 3 || bitDepth < 8) {
    const key = (transparency[1] ?? 0) & ((1 << bitDepth) - 1);
    const alphaOf = Uint8Array.from({ length: 256 }, (_, sample) =>
      colorType === 3 ? (transparency[sample] ?? 255) : sample === key ? 0 : 255,
    );
    return {
      lanes,
      read: (row, alpha) => readSamples(row, bitDepth, alpha, (sample) => alphaOf[sample] ?? 255),
    };
  }
  // The key has two bytes a sample; of 8-bit samples the second counts.
  const key = transparency.filter((_, index) => bitDepth === 16 || index % 2 === 1);
  return { lanes, read: (row, alpha) => readKeyed(row, key, alpha) };
}

/** Gives the samples of a row of one sample a pixel, whatever its depth, up to 8 bits. */
export function readSamples(
  row: Uint8Array,
  bitDepth: number,
  target: Uint8Array,
  read: (sample: number) => number,
): void {
  const mask = (1 << bitDepth) - 1;
  for (let i = 0; i < target.length; i += 1) {
    const bit = i * bitDepth;
    target[i] = read(((row[bit >> 3] ?? 0) >> (8 - bitDepth - (bit & 7))) & mask);
  }
}

function copyBytes(row: Uint8Array, alpha: Uint8Array): void {
  alpha.set(row.subarray(0, alpha.length));
}

function readWords(row: Uint8Array, alpha: Uint8Array): void {
  for (let i = 0; i < alpha.length; i += 1) {
    const word = ((row[2 * i] ?? 0) << 8) | (row[2 * i + 1] ?? 0);
    alpha[i] = word === 0 ? 0 : word === 0xffff ? 255 : Math.min(254, Math.max(1, word >> 8));
  }
}

function readKeyed(row: Uint8Array, key: Uint8Array, alpha: Uint8Array): void {
  for (let i = 0, at = 0; i < alpha.length; i += 1, at += key.length) {
    let byte = 0;
    while (byte < key.length && row[at + byte] === key[byte]) byte += 1;
    alpha[i] = byte === key.length ? 0 : 255;
  }
}
