import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boxOf, createBitmap } from "./bitmap.ts";
import { type Dab, fillCapsule } from "./fill-capsule.ts";

const dab = fc.record({
  x: fc.double({ min: -5, max: 35, noNaN: true }),
  y: fc.double({ min: -5, max: 35, noNaN: true }),
  radius: fc.double({ min: 0.5, max: 10, noNaN: true }),
});

describe("fillCapsule", () => {
  it("fillCapsule marks exactly the pixels whose centers are within the swept brush", () => {
    fc.assert(
      fc.property(dab, dab, (a, b) => {
        const bitmap = createBitmap(30, 30);
        fillCapsule(bitmap, a, b, 1, boxOf(bitmap));
        const wrong: number[][] = [];
        for (let y = 0; y < 30; y += 1) {
          for (let x = 0; x < 30; x += 1) {
            const reach = reachOf(a, b, x + 0.5, y + 0.5);
            // Rounding decides exactly on the edge.
            if (Math.abs(reach) > 1e-3 && bitmap.pixels[y * 30 + x] !== (reach < 0 ? 1 : 0))
              wrong.push([x, y, reach]);
          }
        }
        expect(wrong).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});

/** Returns the distance of a point from the hull of two discs: the minimum over the discs between them, which is convex. */
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
