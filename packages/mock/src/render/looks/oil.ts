import { hsl, mix, smoothstep } from "../colour.ts";
import { lightPlane } from "../planes.ts";
import { smoothStrokes } from "../smooth-strokes.ts";
import type { Look } from "./look.ts";

/** Paints thick, saturated strokes that catch the light, shadows tinted with one hue and lights with its opposite. */
export const oil: Look = (picture, { hue }) => {
  const { width, height } = picture;
  const strokes = smoothStrokes(picture, Math.max(2, Math.round(Math.min(width, height) / 130)));
  const light = lightPlane(strokes);
  const shade = hsl(hue, 0.75, 0.3);
  const glow = hsl(hue + 170, 0.9, 0.72);
  const { data } = strokes;
  for (let y = 0, index = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, index += 1) {
      const level = light[index] as number;
      const before = light[y > 1 && x > 1 ? index - 2 * width - 2 : index] as number;
      const relief = (level - before) * 0.9;
      const contrast = smoothstep(-0.08, 1.05, level);
      for (let channel = 0; channel < 3; channel += 1) {
        const at = index * 4 + channel;
        const colour = (data[at] as number) / 255;
        const vivid = contrast + (colour - level) * 1.6;
        const tinted = mix(
          mix(vivid, shade[channel] as number, 0.5 * (1 - smoothstep(0.05, 0.55, level))),
          glow[channel] as number,
          0.45 * smoothstep(0.45, 0.95, level),
        );
        data[at] = (tinted + relief) * 255;
      }
    }
  }
  return strokes;
};
