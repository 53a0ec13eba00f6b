import { beforeAll, describe, expect, it } from "vitest";
import { loadProduct, type Product } from "./product.ts";
import { explain, playSeeds, seedsFrom } from "./seeds.ts";
import { playStory } from "./story/play-story.ts";
import { inventStory } from "./story/story.ts";

let product: Product;

beforeAll(async () => {
  product = await loadProduct();
});

describe("the promise", () => {
  it("holds in 500 stories", async () => {
    const broken = await playSeeds(seedsFrom(1, 500), product, { stopAfter: 1 });
    for (const ending of broken) expect.fail(await explain(ending, product));
  });
});

describe(playStory, () => {
  it("gives the same story for the same seed", async () => {
    for (const seed of seedsFrom(1, 10)) {
      const [first, second] = [await log(seed), await log(seed)];
      expect(second).toEqual(first);
    }
  });

  it("gives the same story when nothing is shared by the processes", async () => {
    const whole = await loadProduct(undefined, { isReused: false });
    for (const seed of seedsFrom(1, 12))
      expect(await log(seed, whole), `seed ${seed}`).toEqual(await log(seed));
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
      /responds with 50\d/,
      /its response is cut after/,
      /its response never comes/,
      /mv .data.other .data.moved/,
      /starts: retouch batch retry/,
      /its response, with URLs, comes/,
      /exits with 0/,
      /exits with 8/,
    ])
      expect(story).toMatch(event);
  });
});

/** Returns everything that happens in a story, and what its processes print. */
async function log(seed: number, played = product): Promise<string[]> {
  const { world } = await playStory(inventStory(seed), played);
  const lines = world.story.map(({ atMs, who, what }) => `${atMs} ${who} ${what}`);
  return [...lines, ...world.processes.map(({ stdout, stderr }) => stdout + stderr)];
}
