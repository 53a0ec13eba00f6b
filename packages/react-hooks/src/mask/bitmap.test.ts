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

  it("countMarked counts the marked pixels of any box", () => {
    const box = fc.record({ left: fc.nat(23), top: fc.nat(23), right: fc.nat(24), bottom: fc.nat(24) });
    fc.assert(
      fc.property(bitmaps, box, (bitmap, { left, top, right, bottom }) => {
        const { width, height, pixels } = bitmap;
        const part = { left, top, right: Math.min(width, right), bottom: Math.min(height, bottom) };
        const isInside = (at: number) => {
          const [x, y] = [at % width, Math.floor(at / width)];
          return x >= left && x < part.right && y >= top && y < part.bottom;
        };
        expect(countMarked(bitmap, part)).toBe(
          pixels.filter((cell, at) => cell === 1 && isInside(at)).length,
        );
      }),
    );
  });

  it("countMarked counts more marks than a byte can hold", () => {
    const bitmap = { width: 100, height: 60, pixels: new Uint8Array(6000).fill(1) };
    expect(countMarked(bitmap)).toBe(6000);
  });
});
