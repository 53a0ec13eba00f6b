import type { Product } from "./product.ts";
import { type Ending, playStory } from "./story/play-story.ts";
import { shrinkStory } from "./story/shrink-story.ts";
import { inventStory } from "./story/story.ts";

/** Plays the stories of seeds one after the other, and returns the endings of those that broke a promise. */
export async function playSeeds(
  seeds: Iterable<number>,
  product: Product,
  {
    stopAfter = Number.POSITIVE_INFINITY,
    onSeed,
  }: { stopAfter?: number; onSeed?: (seed: number) => void } = {},
): Promise<Ending[]> {
  const broken: Ending[] = [];
  for (const seed of seeds) {
    const ending = await playStory(inventStory(seed), product);
    onSeed?.(seed);
    if (ending.violations.length > 0) broken.push(ending);
    if (broken.length >= stopAfter) break;
  }
  return broken;
}

/** Returns the numbers from `from` on. */
export function* seedsFrom(from: number, count: number): Generator<number> {
  for (let seed = from; seed < from + count; seed++) yield seed;
}

/** Returns the shortest story that still breaks a promise, as text: who did what, when. */
export async function explain({ story }: Ending, product: Product): Promise<string> {
  const { world, violations, story: shortest } = await shrinkStory(story, product);
  const start = world.story[0]?.atMs ?? 0;
  const { seed, place, climate } = shortest;
  const lines = world.story.map(({ atMs, who, what }) => {
    return `${((atMs - start) / 1000).toFixed(3).padStart(10)} s  ${who.padEnd(14)}  ${what}`;
  });
  const title = `Seed ${seed} (${place}, network trouble ${climate.trouble})`;
  return [title, ...lines, ...violations.map(({ what }) => `  BROKEN: ${what}`)].join("\n");
}
