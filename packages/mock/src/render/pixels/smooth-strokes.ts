import type { Pixels } from "../edit-job.ts";

const stripRows = 96;

/**
 * Smooths an image into brush strokes: each pixel takes the mean of the calmest of the four squares that meet in it
 * (Kuwahara's filter). Summed-area tables make the cost independent of the radius; strips bound the memory.
 */
export function smoothStrokes({ width, height, data }: Pixels, radius: number): Pixels {
  const result = new Uint8ClampedArray(data.length);
  for (let top = 0; top < height; top += stripRows) {
    const bottom = Math.min(height, top + stripRows);
    const first = Math.max(0, top - radius);
    const last = Math.min(height, bottom + radius);
    const tables = sumTables(data, width, first, last);
    const stride = width + 1;
    const { red, green, blue, light, square } = tables;
    for (let y = top; y < bottom; y += 1) {
      const above = Math.max(first, y - radius) - first;
      const here = y - first;
      const below = Math.min(last - 1, y + radius) - first;
      for (let x = 0; x < width; x += 1) {
        const left = Math.max(0, x - radius);
        const right = Math.min(width - 1, x + radius);
        let calmest = Number.POSITIVE_INFINITY;
        let index = 0;
        let [a, b, c, d, count] = [0, 0, 0, 0, 1];
        for (let quadrant = 0; quadrant < 4; quadrant += 1) {
          const x0 = quadrant & 1 ? x : left;
          const x1 = (quadrant & 1 ? right : x) + 1;
          const y0 = quadrant & 2 ? here : above;
          const y1 = (quadrant & 2 ? below : here) + 1;
          const area = (x1 - x0) * (y1 - y0);
          const [i, j, k, l] = [y1 * stride + x1, y0 * stride + x1, y1 * stride + x0, y0 * stride + x0];
          const sum = at(light, i) - at(light, j) - at(light, k) + at(light, l);
          const squares = at(square, i) - at(square, j) - at(square, k) + at(square, l);
          const variance = squares / area - (sum / area) ** 2;
          if (variance < calmest) {
            calmest = variance;
            [a, b, c, d, count] = [i, j, k, l, area];
          }
        }
        index = (y * width + x) * 4;
        result[index] = (at(red, a) - at(red, b) - at(red, c) + at(red, d)) / count;
        result[index + 1] = (at(green, a) - at(green, b) - at(green, c) + at(green, d)) / count;
        result[index + 2] = (at(blue, a) - at(blue, b) - at(blue, c) + at(blue, d)) / count;
        result[index + 3] = data[index + 3] as number;
      }
    }
  }
  return { width, height, data: result };
}

/** Reads a table. Indexes are computed to be inside it. */
function at(table: Float64Array, index: number): number {
  return table[index] as number;
}

function sumTables(data: Uint8ClampedArray, width: number, first: number, last: number) {
  const stride = width + 1;
  const size = stride * (last - first + 1);
  const red = new Float64Array(size);
  const green = new Float64Array(size);
  const blue = new Float64Array(size);
  const light = new Float64Array(size);
  const square = new Float64Array(size);
  for (let y = first; y < last; y += 1) {
    let [r, g, b, l, s] = [0, 0, 0, 0, 0];
    for (let x = 0; x < width; x += 1) {
      const source = (y * width + x) * 4;
      const [pixelRed, pixelGreen, pixelBlue] = [
        data[source] as number,
        data[source + 1] as number,
        data[source + 2] as number,
      ];
      const brightness = 0.299 * pixelRed + 0.587 * pixelGreen + 0.114 * pixelBlue;
      r += pixelRed;
      g += pixelGreen;
      b += pixelBlue;
      l += brightness;
      s += brightness * brightness;
      const target = (y - first + 1) * stride + x + 1;
      red[target] = at(red, target - stride) + r;
      green[target] = at(green, target - stride) + g;
      blue[target] = at(blue, target - stride) + b;
      light[target] = at(light, target - stride) + l;
      square[target] = at(square, target - stride) + s;
    }
  }
  return { red, green, blue, light, square };
}
