import { describe, expect, it } from "vitest";
import { found } from "./faults.ts";
import { readFound } from "./found.ts";
import { loadProduct } from "./product.ts";
import { playStory } from "./story/play-story.ts";

describe(readFound, () => {
  // `full` plays them without their fixes.
  it("has a story for each fault that the product no longer has", async () => {
    const product = await loadProduct();
    for (const { name, what } of found) {
      const { violations } = await playStory(await readFound(name), product);
      expect(violations, what).toEqual([]);
    }
  });
});
