import { hsl, smoothstep } from "../pixels/color.ts";
import { lightPlane } from "../pixels/planes.ts";
import { repaint, tint } from "../pixels/repaint.ts";
import { hashCell } from "../pixels/seeded-random.ts";
import { smoothStrokes } from "../pixels/smooth-strokes.ts";
import type { Style } from "./style.ts";

/** Sets the scene in leaded glass: each shard holds one glowing color. */
export const stainedGlass: Style = (image, { hue, seed, shortEdge }) => {
  const { width, height } = image;
  const calm = smoothStrokes(image, Math.max(2, Math.round(shortEdge / 100)));
  const source = { ...calm, data: calm.data.slice() };
  const light = lightPlane(source);
  const cell = shortEdge / 34;
  const tone = hsl(hue, 0.85, 0.55);
  return repaint(calm, (brush, index, x, y) => {
    const [column, row] = [Math.floor(x / cell), Math.floor(y / cell)];
    let nearest = Number.POSITIVE_INFINITY;
    let second = Number.POSITIVE_INFINITY;
    let [siteX, siteY] = [x, y];
    for (let j = row - 1; j <= row + 1; j += 1) {
      for (let i = column - 1; i <= column + 1; i += 1) {
        const centerX = (i + 0.1 + 0.8 * hashCell(i, j, seed)) * cell;
        const centerY = (j + 0.1 + 0.8 * hashCell(i, j, seed + 1)) * cell;
        const distance = (x - centerX) ** 2 + (y - centerY) ** 2;
        if (distance < nearest) {
          second = nearest;
          nearest = distance;
          [siteX, siteY] = [centerX, centerY];
        } else if (distance < second) {
          second = distance;
        }
      }
    }
    const clampedX = Math.min(width - 1, Math.max(0, Math.round(siteX)));
    const clampedY = Math.min(height - 1, Math.max(0, Math.round(siteY)));
    const site = clampedY * width + clampedX;
    const level = 0.35 * (light[index] as number) + 0.65 * (light[site] as number);
    const rim = (Math.sqrt(second) - Math.sqrt(nearest)) / cell;
    const glow = 0.9 + 0.35 * smoothstep(0.75, 0.1, Math.sqrt(nearest) / cell);
    for (const channel of [0, 1, 2] as const) {
      const own = (source.data[site * 4 + channel] as number) / 255;
      brush[channel] = (smoothstep(-0.02, 0.9, level) + (own - (light[site] as number)) * 2.4) * glow;
    }
    tint(brush, ...tone, 0.22);
    tint(brush, 0.05, 0.05, 0.07, 0.94 * smoothstep(0.13, 0.05, rim));
  });
};
