import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boxOf, createBitmap } from "./bitmap.ts";
import { fillPolygon } from "./fill-polygon.ts";

describe("fillPolygon", () => {
  it("fillPolygon marks the pixels with a nonzero winding number", () => {
    const coordinate = fc.double({ min: -5, max: 35, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(coordinate, coordinate), { minLength: 3, maxLength: 8 }), (points) => {
        const bitmap = createBitmap(30, 30);
        fillPolygon(bitmap, points.flat(), 1, boxOf(bitmap));
        for (let y = 0; y < 30; y += 1)
          for (let x = 0; x < 30; x += 1)
            expect(bitmap.pixels[y * 30 + x]).toBe(windingNumber(points, x + 0.5, y + 0.5) === 0 ? 0 : 1);
      }),
      { numRuns: 60 },
    );
  });
});

/** Rewinding the winding number of an outline around a point, by the edges that a ray to the left crosses. */
function windingNumber(points: readonly (readonly [number, number])[], x: number, y: number): number {
  let winding = 0;
  for (const [at, [x0, y0]] of points.entries()) {
    const [x1, y1] = points[(at + 1) % points.length] ?? [x0, y0];
    if (y0 <= y === y1 <= y) continue;
    if (x0 + ((y - y0) / (y1 - y0)) * (x1 - x0) <= x) winding += y0 < y1 ? 1 : -1;
  }
  return winding;
}
