import type { Pixels } from "./edit-job.ts";
import { mix } from "./pixels/color.ts";

/** Blurs an image like a partial image: means of blocks, blended into each other. */
export function blurPreview({ width, height, data }: Pixels, block: number): Pixels {
  const columns = Math.max(1, Math.ceil(width / block));
  const rows = Math.max(1, Math.ceil(height / block));
  const sums = new Float64Array(columns * rows * 4);
  const counts = new Uint32Array(columns * rows);
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 4) {
      const cell = Math.floor(y / block) * columns + Math.floor(x / block);
      counts[cell] = (counts[cell] as number) + 1;
      for (let channel = 0; channel < 4; channel += 1) {
        sums[cell * 4 + channel] = (sums[cell * 4 + channel] as number) + (data[at + channel] as number);
      }
    }
  }
  const mean = (column: number, row: number, channel: number) => {
    const cell = Math.min(rows - 1, Math.max(0, row)) * columns + Math.min(columns - 1, Math.max(0, column));
    return (sums[cell * 4 + channel] as number) / (counts[cell] as number);
  };
  const result = new Uint8ClampedArray(data.length);
  for (let y = 0, at = 0; y < height; y += 1) {
    const row = Math.floor(y / block - 0.5);
    const down = y / block - 0.5 - row;
    for (let x = 0; x < width; x += 1, at += 4) {
      const column = Math.floor(x / block - 0.5);
      const across = x / block - 0.5 - column;
      for (let channel = 0; channel < 4; channel += 1) {
        result[at + channel] = mix(
          mix(mean(column, row, channel), mean(column + 1, row, channel), across),
          mix(mean(column, row + 1, channel), mean(column + 1, row + 1, channel), across),
          down,
        );
      }
    }
  }
  return { width, height, data: result };
}
