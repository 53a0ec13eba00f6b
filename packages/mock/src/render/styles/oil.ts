import { hsl, mix, smoothstep } from "../pixels/color.ts";
import { lightPlane } from "../pixels/planes.ts";
import { repaint } from "../pixels/repaint.ts";
import { smoothStrokes } from "../pixels/smooth-strokes.ts";
import type { Style } from "./style.ts";

/** Paints thick, saturated strokes that catch the light, shadows tinted with one hue and lights with its opposite. */
export const oil: Style = (image, { hue, shortEdge }) => {
  const { width } = image;
  const strokes = smoothStrokes(image, Math.max(2, Math.round(shortEdge / 130)));
  const light = lightPlane(strokes);
  const shade = hsl(hue, 0.75, 0.3);
  const glow = hsl(hue + 170, 0.9, 0.72);
  return repaint(strokes, (brush, index, x, y) => {
    const level = light[index] as number;
    const before = light[y > 1 && x > 1 ? index - 2 * width - 2 : index] as number;
    const relief = (level - before) * 0.9;
    const contrast = smoothstep(-0.08, 1.05, level);
    const shadow = 0.5 * (1 - smoothstep(0.05, 0.55, level));
    const highlight = 0.45 * smoothstep(0.45, 0.95, level);
    for (const channel of [0, 1, 2] as const) {
      const vivid = contrast + (brush[channel] - level) * 1.6;
      brush[channel] = mix(mix(vivid, shade[channel], shadow), glow[channel], highlight) + relief;
    }
  });
};
