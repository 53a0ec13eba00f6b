import { gradient, hsl, smoothstep } from "../pixels/color.ts";
import { smoothNoise } from "../pixels/noise.ts";
import { lightPlane } from "../pixels/planes.ts";
import { grade, repaint, shine } from "../pixels/repaint.ts";
import { seededRandom } from "../pixels/seeded-random.ts";
import { smoothStrokes } from "../pixels/smooth-strokes.ts";
import type { Style } from "./style.ts";

/** Freezes the scene: cold light, mist that thickens downwards, and snow near and far. */
export const winter: Style = (image, { seed, shortEdge }) => {
  const { width, height } = image;
  const scene = smoothStrokes(image, Math.max(1, Math.round(shortEdge / 260)));
  const light = lightPlane(scene);
  const cold = gradient([
    hsl(222, 0.6, 0.12),
    hsl(214, 0.45, 0.36),
    hsl(206, 0.5, 0.66),
    hsl(200, 0.7, 0.95),
  ]);
  const snow = drawSnow(width, height, shortEdge, seed);
  const drift = 3 / shortEdge;
  return repaint(scene, (brush, index, x, y) => {
    grade(brush, cold, smoothstep(0, 0.92, light[index] as number), 0.7);
    const mist = smoothNoise(x * drift, y * drift * 2, seed) * smoothstep(0.25, 1.1, y / height);
    shine(brush, 0.9, 0.95, 1, 0.5 * mist);
    shine(brush, 1, 1, 1, Math.min(1, snow[index] as number));
  });
};

function drawSnow(width: number, height: number, shortEdge: number, seed: number): Float32Array {
  const snow = new Float32Array(width * height);
  const random = seededRandom(seed);
  const flakes = Math.round(((width * height) / (shortEdge * shortEdge)) * 420);
  for (let flake = 0; flake < flakes; flake += 1) {
    const [centerX, centerY] = [random() * width, random() * height];
    // Few flakes are near: large, soft and faint.
    const near = random() ** 9;
    const radius = shortEdge * (0.0016 + 0.02 * near);
    const strength = 0.95 - 0.6 * near;
    const softness = 0.35 + 0.5 * near;
    const top = Math.max(0, Math.floor(centerY - radius));
    const left = Math.max(0, Math.floor(centerX - radius));
    for (let y = top; y <= Math.min(height - 1, centerY + radius); y += 1) {
      for (let x = left; x <= Math.min(width - 1, centerX + radius); x += 1) {
        const distance = Math.hypot(x - centerX, y - centerY) / radius;
        const cover = strength * smoothstep(1, 1 - softness, distance);
        const index = y * width + x;
        snow[index] = Math.max(snow[index] as number, cover);
      }
    }
  }
  return snow;
}
