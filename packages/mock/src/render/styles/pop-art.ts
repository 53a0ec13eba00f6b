import { blurPlane } from "../pixels/blur.ts";
import { hsl, smoothstep } from "../pixels/color.ts";
import { edgePlane, lightPlane } from "../pixels/planes.ts";
import { repaint, tint } from "../pixels/repaint.ts";
import { smoothStrokes } from "../pixels/smooth-strokes.ts";
import type { Style } from "./style.ts";

/** Prints the scene as a poster: five flat inks, halftone dots between them, and black contours. */
export const popArt: Style = (image, { hue, shortEdge }) => {
  const { width, height } = image;
  const flat = smoothStrokes(image, Math.max(2, Math.round(shortEdge / 110)));
  const light = blurPlane(lightPlane(flat), width, height, 1);
  const edges = edgePlane(light, width, height);
  const inks = [
    hsl(hue + 250, 0.7, 0.14),
    hsl(hue, 0.78, 0.42),
    hsl(hue + 35, 0.92, 0.56),
    hsl(hue + 75, 0.9, 0.68),
    hsl(hue + 60, 0.85, 0.93),
  ] as const;
  const pitch = Math.max(4, shortEdge / 110);
  const turn = Math.SQRT1_2;
  return repaint(flat, (brush, index, x, y) => {
    const place = smoothstep(0.02, 0.98, light[index] as number) * (inks.length - 1);
    const lower = Math.min(inks.length - 2, Math.floor(place));
    // Dots of the next ink grow with the level, in a screen turned by 45 degrees.
    const across = ((x + y) * turn) / pitch;
    const down = ((x - y) * turn) / pitch;
    const center = Math.hypot(across - Math.round(across), down - Math.round(down));
    const rest = place - lower;
    const dot = rest * 0.78;
    const cover = rest > 0.86 ? 1 : rest < 0.14 ? 0 : smoothstep(0.07, -0.07, center - dot);
    tint(brush, ...(inks[lower] as (typeof inks)[0]), 0.94);
    tint(brush, ...(inks[lower + 1] as (typeof inks)[0]), cover * 0.94);
    tint(brush, 0.06, 0.04, 0.09, 0.92 * smoothstep(0.09, 0.2, edges[index] as number));
  });
};
