import type { PngHeader } from "./png-reader.ts";
import { bytesPerPixel, type ChannelRange } from "./scanlines.ts";

/** Reader of the alpha of a PNG's pixels. */
export interface AlphaReader {
  readonly channels: ChannelRange;
  /**
   * Returns the alpha of a row's first `count` pixels, one byte each. At any depth, only fully transparent pixels
   * are 0 and only opaque ones 255. The returned array is valid until the next row is read.
   */
  readonly read: (row: Uint8Array, count: number) => Uint8Array;
}

/** Returns the reader of an image's alpha, or `undefined` if it has no alpha. */
export function alphaReaderOf(header: PngHeader): AlphaReader | undefined {
  const { colorType, bitDepth, transparency } = header;
  const pixelBytes = bytesPerPixel(header);
  if (colorType === 4 || colorType === 6) {
    const count = bitDepth / 8;
    const channels = { first: pixelBytes - count, count };
    return { channels, read: count === 1 ? (row) => row : createReader(readSamples16) };
  }
  if (!transparency) return undefined;
  const channels = { first: 0, count: pixelBytes };
  if (colorType === 3 || bitDepth < 8) {
    const key = (transparency[1] ?? 0) & ((1 << bitDepth) - 1);
    const alphaOf = Uint8Array.from({ length: 256 }, (_, sample) =>
      colorType === 3 ? (transparency[sample] ?? 255) : sample === key ? 0 : 255,
    );
    return { channels, read: createReader((row, alpha) => readSamples(row, bitDepth, alphaOf, alpha)) };
  }
  // The key has two bytes per sample; for 8-bit samples, the second counts.
  const key = transparency.filter((_, index) => bitDepth === 16 || index % 2 === 1);
  return { channels, read: createReader((row, alpha) => readKeyed(row, key, alpha)) };
}

/** Maps a row's samples, one per pixel and up to 8 bits each, through a table of 256 values. */
export function readSamples(row: Uint8Array, bitDepth: number, table: Uint8Array, target: Uint8Array): void {
  const mask = (1 << bitDepth) - 1;
  for (let i = 0; i < target.length; i += 1) {
    const bit = i * bitDepth;
    target[i] = table[((row[bit >> 3] ?? 0) >> (8 - bitDepth - (bit & 7))) & mask] ?? 0;
  }
}

/** Returns a row reader for a function that fills one byte per pixel of a row. */
export function createReader(write: (row: Uint8Array, values: Uint8Array) => void): AlphaReader["read"] {
  let values = new Uint8Array(0);
  return (row, count) => {
    if (values.length !== count) values = new Uint8Array(count);
    write(row, values);
    return values;
  };
}

function readSamples16(row: Uint8Array, alpha: Uint8Array): void {
  for (let i = 0; i < alpha.length; i += 1) {
    const sample = ((row[2 * i] ?? 0) << 8) | (row[2 * i + 1] ?? 0);
    alpha[i] = sample === 0 ? 0 : sample === 0xffff ? 255 : Math.min(254, Math.max(1, sample >> 8));
  }
}

function readKeyed(row: Uint8Array, key: Uint8Array, alpha: Uint8Array): void {
  for (let i = 0, at = 0; i < alpha.length; i += 1, at += key.length) {
    let byte = 0;
    while (byte < key.length && row[at + byte] === key[byte]) byte += 1;
    alpha[i] = byte === key.length ? 0 : 255;
  }
}
