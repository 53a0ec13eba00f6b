import type { Box } from "../bitmap.ts";
import type { PendingStroke } from "../mask-painter.ts";

/** Overlay on top of the tint: the brush, and the outline of an area that is not closed yet. */
export interface Overlay {
  /** Center and radius of the brush in image pixels; a radius of 0 shows only a cross. */
  readonly cursor:
    | { readonly x: number; readonly y: number; readonly radius: number; readonly cross: boolean }
    | undefined;
  readonly pending: PendingStroke | undefined;
}

const crossPx = 8;

/** Draws the overlay: a dark line below a light one is visible on every image. */
export function drawOverlay(context: CanvasRenderingContext2D, overlay: Overlay, scale: number): void {
  const path = new Path2D();
  const { cursor, pending } = overlay;
  if (cursor !== undefined) {
    const x = cursor.x * scale;
    const y = cursor.y * scale;
    if (cursor.radius > 0) path.arc(x, y, Math.max(2, cursor.radius * scale), 0, 2 * Math.PI);
    if (cursor.cross) {
      path.moveTo(x - crossPx, y);
      path.lineTo(x + crossPx, y);
      path.moveTo(x, y - crossPx);
      path.lineTo(x, y + crossPx);
    }
  }
  const [first] = pending === undefined || pending.kind === "brush" ? [] : pending.points;
  if (pending !== undefined && pending.kind !== "brush" && first !== undefined) {
    const last = pending.points.at(-1) ?? first;
    if (pending.kind === "rectangle")
      path.rect(first.x * scale, first.y * scale, (last.x - first.x) * scale, (last.y - first.y) * scale);
    else
      for (const [at, { x, y }] of pending.points.entries())
        path[at === 0 ? "moveTo" : "lineTo"](x * scale, y * scale);
  }
  context.lineJoin = "round";
  context.lineWidth = 3;
  context.strokeStyle = "rgb(0 0 0 / 60%)";
  context.stroke(path);
  context.lineWidth = 1.5;
  context.strokeStyle = "white";
  context.stroke(path);
}

/** Returns the area that an overlay covers, in canvas pixels. */
export function overlayBox({ cursor, pending }: Overlay, scale: number): Box | undefined {
  const points: { x: number; y: number; reach: number }[] = [];
  if (cursor !== undefined)
    points.push({ x: cursor.x, y: cursor.y, reach: Math.max(crossPx, cursor.radius * scale) });
  if (pending !== undefined && pending.kind !== "brush")
    for (const { x, y } of pending.points) points.push({ x, y, reach: 0 });
  if (points.length === 0) return undefined;
  const line = 3;
  return {
    left: Math.floor(Math.min(...points.map(({ x, reach }) => x * scale - reach)) - line),
    top: Math.floor(Math.min(...points.map(({ y, reach }) => y * scale - reach)) - line),
    right: Math.ceil(Math.max(...points.map(({ x, reach }) => x * scale + reach)) + line),
    bottom: Math.ceil(Math.max(...points.map(({ y, reach }) => y * scale + reach)) + line),
  };
}
