import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bitmaps } from "../fixtures/bitmaps.ts";
import { boxOf, countMarked, invertBox } from "./bitmap.ts";

describe("bitmap", () => {
  it("countMarked counts and invertBox inverts every pixel of any size", () => {
    fc.assert(
      fc.property(bitmaps, (bitmap) => {
        const marked = bitmap.pixels.reduce((sum, cell) => sum + cell, 0);
        expect(countMarked(bitmap)).toBe(marked);
        invertBox(bitmap, boxOf(bitmap));
        expect(countMarked(bitmap)).toBe(bitmap.pixels.length - marked);
      }),
    );
  });

  it("countMarked counts more marks than a byte can hold", () => {
    const bitmap = { width: 100, height: 60, pixels: new Uint8Array(6000).fill(1) };
    expect(countMarked(bitmap)).toBe(6000);
  });
});
