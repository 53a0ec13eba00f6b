import type { Corners } from "../mask/stroke.ts";

/** Tool of a pointer on a markup. */
export type MarkupTool = "arrow" | "box" | "note";

/** One thing that is drawn on a markup, in image pixels: plain data that can be stored and drawn again. */
export type MarkupItem =
  | {
      readonly kind: "arrow";
      readonly lineWidthPx: number /** Where it starts, and its tip. */;
      readonly ends: Corners;
    }
  | { readonly kind: "box"; readonly lineWidthPx: number; readonly corners: Corners }
  | {
      readonly kind: "note";
      /** The letters are six times as high. */
      readonly lineWidthPx: number;
      /** The upper left corner of the text. */
      readonly at: readonly [x: number, y: number];
      readonly text: string;
    };

/** Returns whether there is something to see of an item: an arrow or a box of no extent is a slip. */
export function isVisible(item: MarkupItem): boolean {
  if (item.kind === "note") return item.text.trim() !== "";
  const [x0, y0, x1, y1] = item.kind === "arrow" ? item.ends : item.corners;
  return Math.hypot(x1 - x0, y1 - y0) >= item.lineWidthPx;
}
