import { type Box, fillSpan, type MaskBitmap } from "./bitmap.ts";

/** Round dab of a brush, in image pixels. */
export interface Dab {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

/** Fills what a brush covers on a straight line from one dab to another: both discs and the area between. */
export function fillCapsule(bitmap: MaskBitmap, a: Dab, b: Dab, value: 0 | 1, clip: Box): void {
  const sides = tangents(a, b);
  const top = Math.max(clip.top, Math.floor(Math.min(a.y - a.radius, b.y - b.radius)));
  const bottom = Math.min(clip.bottom, Math.ceil(Math.max(a.y + a.radius, b.y + b.radius)));
  for (let y = top; y < bottom; y += 1) {
    const row = y + 0.5;
    let from = Number.POSITIVE_INFINITY;
    let to = Number.NEGATIVE_INFINITY;
    for (const disc of a === b ? [a] : [a, b]) {
      const dy = row - disc.y;
      if (Math.abs(dy) > disc.radius) continue;
      const half = Math.sqrt(disc.radius * disc.radius - dy * dy);
      from = Math.min(from, disc.x - half);
      to = Math.max(to, disc.x + half);
    }
    // The shape is convex: the outermost crossings of a row bound it.
    for (const [x0, y0, x1, y1] of sides) {
      if (y0 === y1 || row < Math.min(y0, y1) || row > Math.max(y0, y1)) continue;
      const x = x0 + ((row - y0) / (y1 - y0)) * (x1 - x0);
      from = Math.min(from, x);
      to = Math.max(to, x);
    }
    fillSpan(bitmap, y, from, to, value, clip);
  }
}

type Segment = readonly [x0: number, y0: number, x1: number, y1: number];

/** Returns the two straight sides that touch both discs; none when one disc contains the other. */
function tangents(a: Dab, b: Dab): readonly Segment[] {
  const dx = b.x - a.x;
  const dy = b.y - a.y;
  const length = Math.hypot(dx, dy);
  if (length <= Math.abs(a.radius - b.radius)) return [];
  const sine = (a.radius - b.radius) / length;
  const cosine = Math.sqrt(1 - sine * sine);
  return [1, -1].map((side): Segment => {
    const nx = (dx / length) * sine - side * (dy / length) * cosine;
    const ny = (dy / length) * sine + side * (dx / length) * cosine;
    return [a.x + a.radius * nx, a.y + a.radius * ny, b.x + b.radius * nx, b.y + b.radius * ny];
  });
}
