import { describe, expect, it } from "vitest";
import { tintPixels } from "./tint-pixels.ts";

describe("tintPixels", () => {
  it("tintPixels tints a canvas pixel by the share of marked image pixels below it", () => {
    const bitmap = { width: 4, height: 2, pixels: Uint8Array.from([1, 1, 0, 0, 1, 0, 0, 0]) };
    const pixels = tintPixels(
      bitmap,
      { across: 0.5, down: 0.5, left: 0, top: 0 },
      { left: 0, top: 0, right: 2, bottom: 1 },
      [9, 8, 7],
    );
    expect([...pixels]).toEqual([9, 8, 7, 90, 0, 0, 0, 0]);
  });
});
