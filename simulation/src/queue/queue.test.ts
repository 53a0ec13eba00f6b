import { beforeAll, describe, expect, it } from "vitest";
import { loadQueue, type QueueProduct } from "../product.ts";
import { seedsFrom } from "../seeds.ts";
import { playQueue } from "./play-queue.ts";
import { explainQueue, playQueueSeeds } from "./queue-seeds.ts";
import { inventQueueStory } from "./queue-story.ts";

let product: QueueProduct;
beforeAll(async () => {
  product = await loadQueue();
});

describe("the promise of a queue", () => {
  // `pnpm simulate --queue` plays more.
  it("holds in 100 stories", async () => {
    const broken = await playQueueSeeds(seedsFrom(1, 100), product, { stopAfter: 1 });
    for (const ending of broken) expect.fail(await explainQueue(ending, product));
  });

  it.each([
    ["a worker that was stopped forgot an image that another one had kept", 1082],
    ["a 429 that is not retried did not hold the queue", 2588],
    ["a worker that was stopped renamed an image that another one had kept", 2875],
    ["an image that came after a take-over and could not be stored was never stored", 3241],
    ["the price of an attempt that was not sent stayed reserved once an earlier image came", 5446],
    ["a full disk kept a task from Redis, so that no other worker polled it", 254],
    ["a person's retry dropped a task that the server still had", 478],
    ["the images of a task had no directory after an earlier delivery had polled it", 6097],
    ["a broken response on the disk was taken for all that the server has of a task", 3870],
    ["a worker that was stopped named an image in a journal that another one had replaced", 8862],
    ["a crash took the response of an image that was placed and not yet recorded", 66_339],
  ])("holds in the story that showed a fault: %s", async (_, seed) => {
    expect(await playQueueSeeds([seed], product)).toEqual([]);
  });

  it("holds in a story whose hold ends within the millisecond in which a row is sent", async () => {
    expect(await playQueueSeeds([337_062], product)).toEqual([]);
  });
});

describe(playQueue, () => {
  it("gives the same story for the same seed", async () => {
    for (const seed of seedsFrom(1, 6)) expect(await log(seed)).toEqual(await log(seed));
  });

  it("has stories in which everything happens", async () => {
    const lines: string[] = [];
    for (const seed of seedsFrom(1, 60)) lines.push(...(await log(seed)));
    const story = lines.join("\n");
    for (const event of [
      /is killed/,
      /its machine \w+ crashes/,
      /is stopped for/,
      /gets SIGINT/,
      /the disk of \/\w+ is full/,
      /responds with 429/,
      /its response is cut after/,
      /Redis is out of reach/,
      /Redis has lost its last second/,
      /a person pauses the queue/,
      /a person asks for hat \d once more/,
      /task task-\d will (?:end|fail|be forgotten)/,
      /has the images of task-\d/,
    ])
      expect(story).toMatch(event);
  });
});

async function log(seed: number): Promise<string[]> {
  const { world, redis } = await playQueue(inventQueueStory(seed), product);
  return [...world.story.map(({ atMs, who, what }) => `${atMs} ${who} ${what}`), ...redis.describe()];
}
