import { gradient, hsl, smoothstep } from "../pixels/color.ts";
import { lightPlane } from "../pixels/planes.ts";
import { grade, repaint, shine } from "../pixels/repaint.ts";
import { seededRandom } from "../pixels/seeded-random.ts";
import { smoothStrokes } from "../pixels/smooth-strokes.ts";
import type { Style } from "./style.ts";

/** Lights the scene with a low sun: violet shadows, golden lights, and rays from a corner of the sky. */
export const sunset: Style = (image, { seed, shortEdge }) => {
  const { width, height } = image;
  const random = seededRandom(seed);
  const scene = smoothStrokes(image, Math.max(1, Math.round(shortEdge / 300)));
  const light = lightPlane(scene);
  const warmth = gradient([
    hsl(268, 0.6, 0.1),
    hsl(300 + random() * 30, 0.55, 0.27),
    hsl(8 + random() * 14, 0.85, 0.5),
    hsl(34, 0.95, 0.64),
    hsl(50, 1, 0.88),
  ]);
  const sun = { x: (random() < 0.5 ? 0.12 : 0.88) * width, y: (0.06 + random() * 0.14) * height };
  const rays = 7 + Math.floor(random() * 5);
  const reach = Math.hypot(width, height);
  return repaint(scene, (brush, index, x, y) => {
    grade(brush, warmth, smoothstep(-0.03, 0.97, light[index] as number), 0.72);
    const [dx, dy] = [x - sun.x, y - sun.y];
    const distance = Math.sqrt(dx * dx + dy * dy) / reach;
    const ray = 0.5 + 0.5 * Math.cos(Math.atan2(dy, dx) * rays * 2 + seed);
    const glow = Math.exp(-distance * 5.5) + 0.5 * ray * ray * Math.exp(-distance * 2.6);
    shine(brush, 1, 0.78, 0.42, Math.min(1, glow * 0.8));
    shine(brush, 1, 0.96, 0.8, smoothstep(0.09, 0.03, distance) * 0.9);
  });
};
