import type { Pixels } from "../edit-job.ts";
import { smoothstep } from "../pixels/color.ts";

/** Makes the area outside a rounded shape transparent, centered in the image or in the holes of the mask. */
export function cutOut(image: Pixels, weights: Float32Array | undefined): Pixels {
  const { width, height } = image;
  const { left, top, right, bottom } = boundsOf(weights, width, height);
  const data = image.data.slice();
  for (let y = top; y < bottom; y += 1) {
    const v = ((y + 0.5 - top) / (bottom - top)) * 2 - 1;
    for (let x = left; x < right; x += 1) {
      const u = ((x + 0.5 - left) / (right - left)) * 2 - 1;
      const outside = smoothstep(0.86, 0.96, (u ** 4 + v ** 4) ** 0.25);
      const at = (y * width + x) * 4 + 3;
      data[at] = (data[at] as number) * (1 - outside);
    }
  }
  return { width, height, data };
}

function boundsOf(weights: Float32Array | undefined, width: number, height: number) {
  if (!weights) return { left: 0, top: 0, right: width, bottom: height };
  const bounds = { left: width, top: height, right: 0, bottom: 0 };
  for (let index = 0; index < weights.length; index += 1) {
    if (weights[index] === 0) continue;
    const [x, y] = [index % width, Math.floor(index / width)];
    bounds.left = Math.min(bounds.left, x);
    bounds.right = Math.max(bounds.right, x + 1);
    bounds.top = Math.min(bounds.top, y);
    bounds.bottom = Math.max(bounds.bottom, y + 1);
  }
  return bounds;
}
