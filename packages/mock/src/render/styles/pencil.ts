import { blurPlane } from "../pixels/blur.ts";
import { hsl, smoothstep } from "../pixels/color.ts";
import { smoothNoise } from "../pixels/noise.ts";
import { lightPlane } from "../pixels/planes.ts";
import { repaint, tint } from "../pixels/repaint.ts";
import { hashCell } from "../pixels/seeded-random.ts";
import { smoothStrokes } from "../pixels/smooth-strokes.ts";
import type { Style } from "./style.ts";

/** Draws with a soft pencil on cream paper: contours, three directions of hatching, and a breath of crayon. */
export const pencil: Style = (image, { hue, seed, shortEdge }) => {
  const { width, height } = image;
  const wash = smoothStrokes(image, Math.max(2, Math.round(shortEdge / 120)));
  const light = lightPlane(wash);
  const fine = lightPlane(image);
  const wide = blurPlane(fine.slice(), width, height, Math.max(1, Math.round(shortEdge / 160)));
  const crayon = hsl(hue, 0.7, 0.62);
  const pitch = Math.max(3, shortEdge / 170);
  return repaint(wash, (brush, index, x, y) => {
    const level = light[index] as number;
    for (const channel of [0, 1, 2] as const) brush[channel] = level + (brush[channel] - level) * 1.9;
    tint(brush, ...crayon, 0.25);
    tint(brush, 0.985, 0.965, 0.915, 0.5 + 0.28 * smoothstep(0.2, 0.9, level));
    const wobble = smoothNoise(x / 40, y / 40, seed) * pitch;
    const contour = smoothstep(0.012, 0.1, (wide[index] as number) - (fine[index] as number));
    const hatching =
      stroke((x + y + wobble) / pitch) * smoothstep(0.62, 0.38, level) * 0.55 +
      stroke((x - y + wobble) / pitch) * smoothstep(0.42, 0.2, level) * 0.6 +
      stroke((y * 1.41 + wobble) / pitch) * smoothstep(0.24, 0.06, level) * 0.6;
    const tooth = 0.72 + 0.4 * hashCell(x, y, seed);
    tint(brush, 0.13, 0.13, 0.17, Math.min(0.92, (contour * 0.9 + hatching) * tooth));
  });
};

/** One line a unit, soft on both sides. */
function stroke(phase: number): number {
  return smoothstep(0.5, 0.12, Math.abs(phase - Math.round(phase)));
}
