import type { Pixels } from "../edit-job.ts";

/** Returns the brightness of each pixel, 0 to 1 (Rec. 601). */
export function lightPlane({ width, height, data }: Pixels): Float32Array {
  const plane = new Float32Array(width * height);
  for (let index = 0, source = 0; index < plane.length; index += 1, source += 4) {
    plane[index] =
      (0.299 * (data[source] as number) +
        0.587 * (data[source + 1] as number) +
        0.114 * (data[source + 2] as number)) /
      255;
  }
  return plane;
}

/** Returns how strongly the brightness changes at each pixel, 0 to about 1 (Sobel). */
export function edgePlane(light: Float32Array, width: number, height: number): Float32Array {
  const edges = new Float32Array(light.length);
  for (let y = 1; y < height - 1; y += 1) {
    for (let x = 1; x < width - 1; x += 1) {
      const index = y * width + x;
      const at = (offset: number) => light[index + offset] as number;
      const across = at(1 - width) + 2 * at(1) + at(1 + width) - at(-1 - width) - 2 * at(-1) - at(width - 1);
      const down =
        at(width - 1) + 2 * at(width) + at(width + 1) - at(-width - 1) - 2 * at(-width) - at(1 - width);
      edges[index] = Math.sqrt(across * across + down * down) / 4;
    }
  }
  return edges;
}
