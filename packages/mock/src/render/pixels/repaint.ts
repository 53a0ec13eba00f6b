import type { Pixels } from "../edit-job.ts";

/** Red, green and blue of one pixel, 0 to 1, to be changed in place. */
export type Brush = [red: number, green: number, blue: number];

/** Repaints an image in place: `touch` changes the color of each pixel; alpha is kept. */
export function repaint(
  image: Pixels,
  touch: (brush: Brush, index: number, x: number, y: number) => void,
): Pixels {
  const { width, height, data } = image;
  const brush: Brush = [0, 0, 0];
  for (let y = 0, index = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, index += 1, at += 4) {
      brush[0] = (data[at] as number) / 255;
      brush[1] = (data[at + 1] as number) / 255;
      brush[2] = (data[at + 2] as number) / 255;
      touch(brush, index, x, y);
      data[at] = brush[0] * 255;
      data[at + 1] = brush[1] * 255;
      data[at + 2] = brush[2] * 255;
    }
  }
  return image;
}

/** Moves a color towards another. */
export function tint(brush: Brush, red: number, green: number, blue: number, amount: number): void {
  brush[0] += (red - brush[0]) * amount;
  brush[1] += (green - brush[1]) * amount;
  brush[2] += (blue - brush[2]) * amount;
}

/** Adds light as a lamp does: white stays white. */
export function shine(brush: Brush, red: number, green: number, blue: number, amount: number): void {
  brush[0] = 1 - (1 - brush[0]) * (1 - red * amount);
  brush[1] = 1 - (1 - brush[1]) * (1 - green * amount);
  brush[2] = 1 - (1 - brush[2]) * (1 - blue * amount);
}

/** Moves a color towards the one of that level in a gradient's table. */
export function grade(brush: Brush, table: Float32Array, level: number, amount: number): void {
  const at = Math.round(Math.min(1, Math.max(0, level)) * 255) * 3;
  tint(brush, table[at] as number, table[at + 1] as number, table[at + 2] as number, amount);
}
