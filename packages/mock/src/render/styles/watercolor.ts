import { hsl, smoothstep } from "../pixels/color.ts";
import { smoothNoise } from "../pixels/noise.ts";
import { edgePlane, lightPlane } from "../pixels/planes.ts";
import { repaint, tint } from "../pixels/repaint.ts";
import { hashCell } from "../pixels/seeded-random.ts";
import { smoothStrokes } from "../pixels/smooth-strokes.ts";
import type { Style } from "./style.ts";

/** Washes thin pigment over grained paper: it pools at edges and dries in clouds. */
export const watercolor: Style = (image, { hue, seed, shortEdge }) => {
  const { width, height } = image;
  const wash = smoothStrokes(image, Math.max(2, Math.round(shortEdge / 85)));
  const light = lightPlane(wash);
  const edges = edgePlane(light, width, height);
  const pigment = hsl(hue, 0.65, 0.6);
  const cloud = 7 / shortEdge;
  const fibre = 260 / shortEdge;
  return repaint(wash, (brush, index, x, y) => {
    const level = light[index] as number;
    for (const channel of [0, 1, 2] as const) brush[channel] = level + (brush[channel] - level) * 2;
    const clouds =
      smoothNoise(x * cloud, y * cloud, seed) * 0.6 +
      smoothNoise(x * cloud * 4, y * cloud * 4, seed + 1) * 0.4;
    tint(brush, ...pigment, 0.3 * clouds);
    const thin = 0.12 + 0.55 * smoothstep(0.3, 0.95, level) * (0.45 + 0.55 * clouds);
    tint(brush, 0.985, 0.965, 0.92, thin);
    const pooled = 1 - 0.75 * smoothstep(0.015, 0.16, edges[index] as number);
    const grain = 0.95 + 0.07 * smoothNoise(x * fibre, y * fibre, seed + 2) - 0.04 * hashCell(x, y, seed);
    const depth = grain * (0.45 + 0.55 * pooled);
    brush[0] *= depth;
    brush[1] *= depth;
    brush[2] *= depth;
  });
};
