import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boxOf, countMarked, createBitmap, invertBox, type MaskBitmap } from "./bitmap.ts";
import { type Dab, fillCapsule } from "./fill-capsule.ts";
import { fillPolygon } from "./fill-polygon.ts";
import { packRuns, unpackRuns } from "./mask-runs.ts";
import { tintPixels } from "./view/tint-pixels.ts";

const bitmaps = fc
  .tuple(fc.integer({ min: 1, max: 24 }), fc.integer({ min: 1, max: 24 }))
  .chain(([width, height]) =>
    fc
      .array(fc.constantFrom(0, 1), { minLength: width * height, maxLength: width * height })
      .map((cells): MaskBitmap => ({ width, height, cells: Uint8Array.from(cells) })),
  );
const dab = fc.record({
  x: fc.double({ min: -5, max: 35, noNaN: true }),
  y: fc.double({ min: -5, max: 35, noNaN: true }),
  radius: fc.double({ min: 0.5, max: 10, noNaN: true }),
});

describe("packRuns", () => {
  it("gives back every part of every bitmap", () => {
    const part = fc.record({ left: fc.nat(23), top: fc.nat(23), right: fc.nat(24), bottom: fc.nat(24) });
    fc.assert(
      fc.property(bitmaps, part, (bitmap, { left, top, right, bottom }) => {
        const { width, height } = bitmap;
        const box = { left, top, right: Math.min(width, right), bottom: Math.min(height, bottom) };
        const copy = { ...bitmap, cells: new Uint8Array(bitmap.cells.length).fill(1) };
        unpackRuns(copy, packRuns(bitmap), box);
        for (let y = 0; y < height; y += 1) {
          for (let x = 0; x < width; x += 1) {
            const inside = x >= left && x < box.right && y >= top && y < box.bottom;
            expect(copy.cells[y * width + x]).toBe(inside ? bitmap.cells[y * width + x] : 1);
          }
        }
      }),
    );
  });
});

describe("countMarked and invertBox", () => {
  it("count every pixel and turn every pixel, whatever the width", () => {
    fc.assert(
      fc.property(bitmaps, (bitmap) => {
        const marked = bitmap.cells.reduce((sum, cell) => sum + cell, 0);
        expect(countMarked(bitmap)).toBe(marked);
        invertBox(bitmap, boxOf(bitmap));
        expect(countMarked(bitmap)).toBe(bitmap.cells.length - marked);
      }),
    );
  });

  it("count more marks than a byte holds", () => {
    const bitmap = { width: 100, height: 60, cells: new Uint8Array(6000).fill(1) };
    expect(countMarked(bitmap)).toBe(6000);
  });
});

describe("fillCapsule", () => {
  it("marks the pixels whose centres lie within the swept brush, and no others", () => {
    fc.assert(
      fc.property(dab, dab, (a, b) => {
        const bitmap = createBitmap(30, 30);
        fillCapsule(bitmap, a, b, 1, boxOf(bitmap));
        const wrong: number[][] = [];
        for (let y = 0; y < 30; y += 1) {
          for (let x = 0; x < 30; x += 1) {
            const reach = reachOf(a, b, x + 0.5, y + 0.5);
            // On the very edge rounding decides.
            if (Math.abs(reach) > 1e-3 && bitmap.cells[y * 30 + x] !== (reach < 0 ? 1 : 0))
              wrong.push([x, y, reach]);
          }
        }
        expect(wrong).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});

/** How far a point lies outside the hull of two discs: the least over the discs between them, which is convex. */
function reachOf(a: Dab, b: Dab, x: number, y: number): number {
  const reach = (t: number) =>
    Math.hypot(x - a.x - t * (b.x - a.x), y - a.y - t * (b.y - a.y)) - a.radius - t * (b.radius - a.radius);
  let [low, high] = [0, 1];
  for (let step = 0; step < 40; step += 1) {
    const third = (high - low) / 3;
    if (reach(low + third) < reach(high - third)) high -= third;
    else low += third;
  }
  return Math.min(reach(0), reach(1), reach((low + high) / 2));
}

describe("fillPolygon", () => {
  it("marks the pixels that the outline goes round", () => {
    const coordinate = fc.double({ min: -5, max: 35, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(coordinate, coordinate), { minLength: 3, maxLength: 8 }), (points) => {
        const bitmap = createBitmap(30, 30);
        fillPolygon(bitmap, points.flat(), 1, boxOf(bitmap));
        for (let y = 0; y < 30; y += 1)
          for (let x = 0; x < 30; x += 1)
            expect(bitmap.cells[y * 30 + x]).toBe(turnsRound(points, x + 0.5, y + 0.5) === 0 ? 0 : 1);
      }),
      { numRuns: 60 },
    );
  });
});

/** Counts how often an outline goes round a point, by the edges that a ray to the left crosses. */
function turnsRound(points: readonly (readonly [number, number])[], x: number, y: number): number {
  let turns = 0;
  for (const [at, [x0, y0]] of points.entries()) {
    const [x1, y1] = points[(at + 1) % points.length] ?? [x0, y0];
    if (y0 <= y === y1 <= y) continue;
    if (x0 + ((y - y0) / (y1 - y0)) * (x1 - x0) <= x) turns += y0 < y1 ? 1 : -1;
  }
  return turns;
}

describe("tintPixels", () => {
  it("tints a screen pixel as far as the source pixels under it are marked", () => {
    const bitmap = { width: 4, height: 2, cells: Uint8Array.from([1, 1, 0, 0, 1, 0, 0, 0]) };
    const pixels = tintPixels(
      bitmap,
      { width: 2, height: 1 },
      { left: 0, top: 0, right: 2, bottom: 1 },
      [9, 8, 7],
    );
    expect([...pixels]).toEqual([9, 8, 7, 90, 0, 0, 0, 0]);
  });
});
