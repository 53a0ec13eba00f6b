import { blurPlane } from "../pixels/blur.ts";
import { gradient, hsl, smoothstep } from "../pixels/color.ts";
import { edgePlane, lightPlane } from "../pixels/planes.ts";
import { grade, repaint, shine } from "../pixels/repaint.ts";
import { smoothStrokes } from "../pixels/smooth-strokes.ts";
import type { Style } from "./style.ts";

/** Turns day into night: deep colors, and contours that glow from one hue to another. */
export const neon: Style = (image, { hue, shortEdge }) => {
  const { width, height } = image;
  const night = smoothStrokes(image, Math.max(1, Math.round(shortEdge / 260)));
  const light = lightPlane(night);
  const contours = edgePlane(light, width, height).map((edge) => smoothstep(0.03, 0.28, edge));
  const halo = blurPlane(contours.slice(), width, height, Math.max(1, Math.round(shortEdge / 90)));
  // Nights are blue to violet, whatever the lamps.
  const sky = 222 + (Math.abs(hue) % 50);
  const dark = gradient([
    hsl(sky + 15, 0.8, 0.04),
    hsl(sky, 0.75, 0.13),
    hsl(sky + 25, 0.6, 0.3),
    hsl(sky + 70, 0.7, 0.52),
    hsl(sky + 110, 0.95, 0.82),
  ]);
  const first = hsl(hue, 1, 0.58);
  const second = hsl(hue + 150, 1, 0.58);
  return repaint(night, (brush, index, x, y) => {
    const level = light[index] as number;
    grade(brush, dark, level * 0.95, 0.82);
    const place = smoothstep(0.1, 0.9, (x / width + y / height) / 2);
    const lamp = [0, 1, 2].map(
      (channel) => (first[channel] ?? 0) * (1 - place) + (second[channel] ?? 0) * place,
    );
    const [red = 0, green = 0, blue = 0] = lamp;
    shine(brush, red, green, blue, Math.min(1, 1.5 * (halo[index] as number)));
    shine(brush, 0.3 + 0.7 * red, 0.3 + 0.7 * green, 0.3 + 0.7 * blue, 0.8 * (contours[index] as number));
  });
};
