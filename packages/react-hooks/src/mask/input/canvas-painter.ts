import type { MaskPoint } from "../mask-painter.ts";

/** What draws strokes that come from a canvas: of a mask, or of a markup. */
export interface CanvasPainter {
  /** The stroke in progress. */
  readonly pending: unknown;
  /** Returns at least the size of the image in pixels. */
  getSnapshot(): { readonly width: number; readonly height: number };
  begin(point: MaskPoint, options?: { erase?: boolean }): void;
  extend(points: readonly MaskPoint[]): void;
  commit(): void;
  discard(): void;
}
