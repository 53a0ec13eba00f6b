import { beforeAll, describe, expect, it } from "vitest";
import { loadWorker, type Product } from "../product.ts";
import { playQueue, type QueueEnding } from "./play-queue.ts";

let product: Product;
beforeAll(async () => {
  product = await loadWorker();
});

const first = Number(process.env["QUEUE_FROM"] ?? 1);
const seeds = Number(process.env["QUEUE_SEEDS"] ?? 60);

/** Returns who did what, when, and what broke. */
function explain({ seed, world, redis, violations }: QueueEnding): string {
  const start = world.story[0]?.atMs ?? 0;
  const lines = world.story.map(
    ({ atMs, who, what }) =>
      `${((atMs - start) / 1000).toFixed(3).padStart(10)} s  ${who.padEnd(14)}  ${what}`,
  );
  const printed = world.processes.map(({ stderr }) => stderr).filter((text) => text !== "");
  return [
    `Seed ${seed}`,
    ...lines,
    ...printed,
    ...redis.describe(),
    ...violations.map((what) => `  BROKEN: ${what}`),
  ].join("\n");
}

describe("the promise of a queue", () => {
  it("holds in stories of workers that die, freeze and lose Redis", async () => {
    for (let seed = first; seed < first + seeds; seed++) {
      const ending = await playQueue(seed, product);
      if (ending.violations.length > 0) expect.fail(explain(ending));
    }
  });
});
