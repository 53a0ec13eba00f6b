import type { Box } from "../bitmap.ts";
import type { PendingStroke } from "../mask-painter.ts";
import type { CanvasGrid } from "./canvas-fit.ts";

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
export function drawOverlay(context: CanvasRenderingContext2D, overlay: Overlay, grid: CanvasGrid): void {
  const path = new Path2D();
  const at = placeOn(grid);
  const { cursor, pending } = overlay;
  if (cursor !== undefined) {
    const [x, y] = at(cursor);
    if (cursor.radius > 0) path.arc(x, y, Math.max(2, cursor.radius * grid.across), 0, 2 * Math.PI);
    if (cursor.cross) {
      path.moveTo(x - crossPx, y);
      path.lineTo(x + crossPx, y);
      path.moveTo(x, y - crossPx);
      path.lineTo(x, y + crossPx);
    }
  }
  const [first] = pending === undefined || pending.kind === "brush" ? [] : pending.points;
  if (pending !== undefined && pending.kind !== "brush" && first !== undefined) {
    if (pending.kind === "rectangle") {
      const [x0, y0] = at(first);
      const [x1, y1] = at(pending.points.at(-1) ?? first);
      path.rect(x0, y0, x1 - x0, y1 - y0);
    } else
      for (const [index, point] of pending.points.entries())
        path[index === 0 ? "moveTo" : "lineTo"](...at(point));
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
export function overlayBox({ cursor, pending }: Overlay, grid: CanvasGrid): Box | undefined {
  const points: { x: number; y: number; reach: number }[] = [];
  const at = placeOn(grid);
  if (cursor !== undefined) {
    const [x, y] = at(cursor);
    points.push({ x, y, reach: Math.max(crossPx, cursor.radius * grid.across) });
  }
  if (pending !== undefined && pending.kind !== "brush")
    for (const point of pending.points) {
      const [x, y] = at(point);
      points.push({ x, y, reach: 0 });
    }
  if (points.length === 0) return undefined;
  const line = 3;
  const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  for (const { x, y, reach } of points) {
    box.left = Math.min(box.left, Math.floor(x - reach) - line);
    box.top = Math.min(box.top, Math.floor(y - reach) - line);
    box.right = Math.max(box.right, Math.ceil(x + reach) + line);
    box.bottom = Math.max(box.bottom, Math.ceil(y + reach) + line);
  }
  return box;
}

/** Returns what maps a point of the image to canvas pixels. */
function placeOn({ across, down, left, top }: CanvasGrid) {
  return ({ x, y }: { readonly x: number; readonly y: number }): [x: number, y: number] => [
    x * across - left,
    y * down - top,
  ];
}
