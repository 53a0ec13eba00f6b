import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bitmaps } from "../fixtures/bitmaps.ts";
import { decodeRuns, encodeRuns } from "./run-lengths.ts";

describe("encodeRuns", () => {
  it("decodeRuns restores every part of every encoded bitmap", () => {
    const part = fc.record({ left: fc.nat(23), top: fc.nat(23), right: fc.nat(24), bottom: fc.nat(24) });
    fc.assert(
      fc.property(bitmaps, part, (bitmap, { left, top, right, bottom }) => {
        const { width, height } = bitmap;
        const box = { left, top, right: Math.min(width, right), bottom: Math.min(height, bottom) };
        const copy = { ...bitmap, pixels: new Uint8Array(bitmap.pixels.length).fill(1) };
        decodeRuns(copy, encodeRuns(bitmap), box);
        for (let y = 0; y < height; y += 1) {
          for (let x = 0; x < width; x += 1) {
            const inside = x >= left && x < box.right && y >= top && y < box.bottom;
            expect(copy.pixels[y * width + x]).toBe(inside ? bitmap.pixels[y * width + x] : 1);
          }
        }
      }),
    );
  });
});
