import { beforeAll, describe, expect, it } from "vitest";
import { found } from "../src/faults.ts";
import { findAgain, readFix, readFound } from "../src/found.ts";
import { loadProduct } from "../src/product.ts";
import { playStory } from "../src/story/play-story.ts";

const seeds = 100_000;

describe(readFix, () => {
  beforeAll(async () => {
    if (!process.env["RETOUCH_WRITE_SCORE"]) return;
    for (const each of found) if (!(await breaks(each.name))) await findAgain(each, seeds);
  }, 1_800_000);

  it.each(found)("takes a fix back: $what", async ({ name }) => {
    // Other steps of the product can make a story pass. `RETOUCH_WRITE_SCORE=1` finds another one.
    expect(await breaks(name)).toBe(true);
  });
});

async function breaks(name: string): Promise<boolean> {
  const { violations } = await playStory(await readFound(name), await loadProduct(await readFix(name)));
  return violations.length > 0;
}
