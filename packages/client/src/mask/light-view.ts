import { type AlphaView, reading, readSamples } from "../media/png/alpha.ts";
import type { PngHeader } from "../media/png/png-reader.ts";

/** Tells how to see the brightness of a PNG's pixels, 0 to 255, whatever their colour type and depth. */
export function lightViewOf(header: PngHeader): AlphaView {
  const { colorType, bitDepth, palette = new Uint8Array(0) } = header;
  if (colorType === 3 || bitDepth < 8) {
    const table = Uint8Array.from({ length: 256 }, (_, sample) =>
      colorType === 3
        ? lightOf(palette[3 * sample] ?? 0, palette[3 * sample + 1] ?? 0, palette[3 * sample + 2] ?? 0)
        : Math.round((255 * sample) / ((1 << bitDepth) - 1)),
    );
    return viewOf(1, (row, light) => readSamples(row, bitDepth, table, light));
  }
  const sampleBytes = bitDepth / 8; // of 16 bits the upper eight are looked at
  if (colorType === 0 || colorType === 4) {
    return viewOf(sampleBytes, (row, light) => {
      for (let i = 0; i < light.length; i += 1) light[i] = row[i * sampleBytes] ?? 0;
    });
  }
  return viewOf(3 * sampleBytes, (row, light) => {
    for (let i = 0, at = 0; i < light.length; i += 1, at += 3 * sampleBytes) {
      light[i] = lightOf(row[at] ?? 0, row[at + sampleBytes] ?? 0, row[at + 2 * sampleBytes] ?? 0);
    }
  });
}

function viewOf(count: number, write: (row: Uint8Array, light: Uint8Array) => void): AlphaView {
  return { lanes: { first: 0, count }, read: reading(write) };
}

/** Luma of ITU-R BT.601. */
function lightOf(red: number, green: number, blue: number): number {
  return Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
}
