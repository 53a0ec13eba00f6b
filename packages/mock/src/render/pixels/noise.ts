import { mix } from "./color.ts";
import { hashCell } from "./seeded-random.ts";

/** Returns smooth noise from 0 to 1, about one bump for each unit (value noise). */
export function smoothNoise(x: number, y: number, seed: number): number {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [u, v] = [ease(x - left), ease(y - top)];
  return mix(
    mix(hashCell(left, top, seed), hashCell(left + 1, top, seed), u),
    mix(hashCell(left, top + 1, seed), hashCell(left + 1, top + 1, seed), u),
    v,
  );
}

const ease = (t: number) => t * t * (3 - 2 * t);
