import { type Box, boxOf, fillBox, intersect, invertBox, type MaskBitmap } from "./bitmap.ts";
import { type Dab, fillCapsule } from "./fill-capsule.ts";
import { fillPolygon } from "./fill-polygon.ts";

/** Whether a stroke marks pixels or erases marks. */
export type MaskMode = "mark" | "erase";

/** One operation on a mask, in image pixels: plain data that can be stored and painted again. */
export type MaskStroke =
  | { readonly kind: "brush"; readonly mode: MaskMode; readonly dabs: readonly Dab[] }
  | { readonly kind: "rectangle"; readonly mode: MaskMode; readonly corners: Corners }
  | { readonly kind: "lasso"; readonly mode: MaskMode; readonly outline: readonly number[] }
  | { readonly kind: "invert" }
  | { readonly kind: "clear" };

/** Two opposite corners, in any order. */
export type Corners = readonly [x0: number, y0: number, x1: number, y1: number];

/** Paints a stroke within `clip`. */
export function paintStroke(bitmap: MaskBitmap, stroke: MaskStroke, clip: Box): void {
  const within = intersect(clip, strokeBox(stroke, bitmap));
  if (within === undefined) return;
  switch (stroke.kind) {
    case "brush":
      paintDabs(bitmap, stroke.dabs, stroke.mode, within);
      break;
    case "rectangle":
      fillBox(bitmap, within, pixelValue(stroke.mode));
      break;
    case "lasso":
      fillPolygon(bitmap, stroke.outline, pixelValue(stroke.mode), within);
      break;
    case "invert":
      invertBox(bitmap, within);
      break;
    case "clear":
      fillBox(bitmap, within, 0);
      break;
  }
}

/** Paints a brush stroke, starting at the dab with index `from`. */
export function paintDabs(
  bitmap: MaskBitmap,
  dabs: readonly Dab[],
  mode: MaskMode,
  clip: Box,
  from = 0,
): void {
  for (let at = from; at < dabs.length; at += 1) {
    const dab = dabs[at];
    const before = dabs[at - 1] ?? dab;
    if (dab === undefined || before === undefined) continue;
    if (intersect(clip, dabsBox([before, dab])) !== undefined)
      fillCapsule(bitmap, before, dab, pixelValue(mode), clip);
  }
}

/** Returns the area that a stroke can change. */
export function strokeBox(stroke: MaskStroke, size: { width: number; height: number }): Box {
  switch (stroke.kind) {
    case "brush":
      return dabsBox(stroke.dabs);
    case "rectangle": {
      const [x0, y0, x1, y1] = stroke.corners;
      return {
        left: Math.round(Math.min(x0, x1)),
        top: Math.round(Math.min(y0, y1)),
        right: Math.round(Math.max(x0, x1)),
        bottom: Math.round(Math.max(y0, y1)),
      };
    }
    case "lasso":
      return pointsBox(stroke.outline);
    default:
      return boxOf(size);
  }
}

function dabsBox(dabs: readonly Dab[]): Box {
  const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  for (const { x, y, radius } of dabs) {
    box.left = Math.min(box.left, Math.floor(x - radius));
    box.top = Math.min(box.top, Math.floor(y - radius));
    box.right = Math.max(box.right, Math.ceil(x + radius));
    box.bottom = Math.max(box.bottom, Math.ceil(y + radius));
  }
  return box;
}

function pointsBox(outline: readonly number[]): Box {
  const dabs: Dab[] = [];
  for (let at = 0; at + 1 < outline.length; at += 2)
    dabs.push({ x: outline[at] ?? 0, y: outline[at + 1] ?? 0, radius: 0 });
  return dabsBox(dabs);
}

function pixelValue(mode: MaskMode): 0 | 1 {
  return mode === "mark" ? 1 : 0;
}
