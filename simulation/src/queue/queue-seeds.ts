import type { QueueProduct } from "../product.ts";
import { shrink } from "../story/shrink-story.ts";
import { playQueue, type QueueEnding } from "./play-queue.ts";
import { inventQueueStory, type QueueStory, shorterQueueStories } from "./queue-story.ts";

/** Plays the stories of seeds one after the other, and returns the endings of those that broke a promise. */
export async function playQueueSeeds(
  seeds: Iterable<number>,
  product: QueueProduct,
  { stopAfter = Number.POSITIVE_INFINITY } = {},
): Promise<QueueEnding[]> {
  const broken: QueueEnding[] = [];
  for (const seed of seeds) {
    const ending = await playQueue(inventQueueStory(seed), product);
    if (ending.violations.length > 0) broken.push(ending);
    if (broken.length >= stopAfter) break;
  }
  return broken;
}

/** Returns the shortest story that still breaks a promise. */
function shrinkQueueStory(story: QueueStory, product: QueueProduct): Promise<QueueEnding> {
  const play = (shorter: QueueStory) => playQueue(shorter, product);
  return shrink(story, play, shorterQueueStories, ({ violations }) => violations);
}

/** Returns the shortest story that still breaks a promise, as text: who did what, when. */
export async function explainQueue({ story }: QueueEnding, product: QueueProduct): Promise<string> {
  const { world, redis, violations, story: shortest } = await shrinkQueueStory(story, product);
  const start = world.story[0]?.atMs ?? 0;
  const lines = world.story.map(({ atMs, who, what }) => {
    return `${((atMs - start) / 1000).toFixed(3).padStart(10)} s  ${who.padEnd(14)}  ${what}`;
  });
  const printed = world.processes.map(({ stderr }) => stderr).filter((text) => text !== "");
  const title = `Seed ${shortest.seed} of a queue (network trouble ${shortest.climate.trouble})`;
  const broken = violations.map((what) => `  BROKEN: ${what}`);
  return [title, ...lines, ...printed, ...redis.describe(), ...broken].join("\n");
}
