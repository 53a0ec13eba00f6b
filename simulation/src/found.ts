import { readFile, writeFile } from "node:fs/promises";
import { type Patch, parsePatch } from "./apply-patch.ts";
import type { Found } from "./faults.ts";
import { readMutation } from "./mutations.ts";
import { loadProduct } from "./product.ts";
import { Random } from "./random.ts";
import { seedsFrom } from "./seeds.ts";
import { type Ending, playStory } from "./story/play-story.ts";
import { shrinkStory } from "./story/shrink-story.ts";
import { inventStory, type Story } from "./story/story.ts";

const directory = new URL("../found/", import.meta.url);

/** Reads the story that shows a fault. */
export async function readFound(name: string): Promise<Story> {
  return JSON.parse(await readFile(new URL(`${name}.json`, directory), "utf8")) as Story;
}

/** Reads the patch that takes a fix back: a mutation, or one that too few of the first stories catch to be one. */
export async function readFix(name: string): Promise<Patch> {
  const own = await readFile(new URL(`${name}.patch`, directory), "utf8").catch(() => undefined);
  return own === undefined ? readMutation(name) : parsePatch(own);
}

/**
 * Plays variants of the story that showed the fault, and then the stories of seeds that have all words, until one shows it
 * again, and stores the shortest such story.
 */
export async function findAgain(given: Found, seeds: number): Promise<Ending | undefined> {
  const { name } = given;
  const [product, broken] = [await loadProduct(), await loadProduct(await readFix(name))];
  for (const story of storiesLike(given, await readFound(name), seeds)) {
    if ((await playStory(story, broken)).violations.length === 0) continue;
    const ending = await shrinkStory(story, broken);
    // The fixed product must keep the promise in the very same story.
    if ((await playStory(ending.story, product)).violations.length > 0) continue;
    await writeFile(new URL(`${name}.json`, directory), `${JSON.stringify(ending.story, null, 2)}\n`);
    return ending;
  }
  return undefined;
}

/** Variants of a stored story that are played before those of seeds: most show its fault at another step only. */
const variants = 2_000;

function* storiesLike({ words }: Found, stored: Story, seeds: number): Generator<Story> {
  for (const seed of seedsFrom(1, variants)) yield vary(stored, new Random(seed));
  for (const seed of seedsFrom(1, seeds)) {
    const story = inventStory(seed);
    const text = JSON.stringify(story);
    if (words.every((word) => text.includes(word))) yield story;
  }
}

/** Returns a story in which the same happens at other moments. */
function vary(story: Story, random: Random): Story {
  const near = (given: number, by: number) => Math.max(1, given + random.between(-by, by));
  const acts = story.acts.map((act) => ({
    ...act,
    afterMs: random.chance(0.3) ? near(act.afterMs, 500) : act.afterMs,
    seed: random.chance(0.2) ? random.below(2 ** 31) : act.seed,
    faults: act.faults.map((fault) => ({ ...fault, steps: Math.round(near(fault.steps, 30)) })),
  }));
  return { ...story, seed: random.chance(0.2) ? random.below(2 ** 31) : story.seed, acts };
}
