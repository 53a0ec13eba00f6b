import { describe, expect, it } from "vitest";
import { matchInputSize } from "./match-input-size.ts";

describe(matchInputSize, () => {
  it("scales an image below the fewest pixels of the model up, and never below them", () => {
    for (const [width, height] of [
      [512, 512],
      [48, 32],
      [100, 700],
      [811, 808],
    ] as const) {
      const [w = 0, h = 0] = matchInputSize("gpt-image-2", { width, height }).split("x").map(Number);
      expect(w * h).toBeGreaterThanOrEqual(655_360);
      expect(w * h).toBeLessThan(800_000);
      expect([w % 16, h % 16]).toEqual([0, 0]);
      expect(Math.max(w / h, h / w)).toBeLessThanOrEqual(3);
    }
    expect(matchInputSize("gpt-image-2", { width: 1600, height: 1200 })).toBe("1600x1200");
  });
});
