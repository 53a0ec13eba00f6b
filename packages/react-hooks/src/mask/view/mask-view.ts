import { type Box, boxOf, intersect, unite } from "../bitmap.ts";
import type { MaskPainter } from "../mask-painter.ts";
import { CanvasFit, type CanvasGrid } from "./canvas-fit.ts";
import { drawOverlay, type Overlay, overlayBox } from "./overlay.ts";
import { tintPixels } from "./tint-pixels.ts";

/** View of a mask on a canvas over its image: tints marked pixels at screen resolution. */
export class MaskView {
  readonly #canvas: HTMLCanvasElement;
  readonly #painter: MaskPainter;
  readonly #tint: readonly [red: number, green: number, blue: number];
  readonly #overlay: () => Overlay;
  readonly #fit: CanvasFit;
  /** What has to be drawn again, in canvas pixels. */
  #stale: Box | undefined;
  #drawnOverlay: Box | undefined;
  #frame: number | undefined;
  readonly #unwatch: () => void;

  constructor(
    canvas: HTMLCanvasElement,
    painter: MaskPainter,
    { color, overlay }: { color: string; overlay: () => Overlay },
  ) {
    this.#canvas = canvas;
    this.#painter = painter;
    this.#overlay = overlay;
    this.#tint = readColor(color);
    this.#unwatch = painter.watch((changed) => this.draw(changed));
    this.#fit = new CanvasFit(canvas, painter.bitmap, () => {
      this.#stale = boxOf(canvas);
      // Immediately: a canvas of another size is empty, and would be shown so for a frame.
      this.#paint();
    });
    this.#fit.start();
  }

  /** Whether the padding of the canvas is the view's. */
  readonly hasOwnPadding = (): boolean => this.#fit.hasOwnPadding();

  /** Draws in the next frame: the overlay, and the area that changed, in image pixels. */
  draw(changed?: Box): void {
    if (changed !== undefined) this.#stale = unite(this.#stale, toCanvas(changed, this.#fit.grid));
    this.#frame ??= requestAnimationFrame(() => this.#paint());
  }

  stop(): void {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#unwatch();
    this.#fit.stop();
  }

  #paint(): void {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
    const context = this.#canvas.getContext("2d");
    if (context === null) return;
    const { grid } = this.#fit;
    const overlay = this.#overlay();
    const all = unite(this.#stale, this.#drawnOverlay);
    const stale = all === undefined ? undefined : intersect(all, boxOf(this.#canvas));
    this.#stale = undefined;
    if (stale !== undefined) {
      const pixels = tintPixels(this.#painter.bitmap, grid, stale, this.#tint);
      const image = new ImageData(pixels, stale.right - stale.left, stale.bottom - stale.top);
      context.putImageData(image, stale.left, stale.top);
    }
    drawOverlay(context, overlay, grid);
    this.#drawnOverlay = overlayBox(overlay, grid);
  }
}

/** Returns the canvas pixels that show a box of the image. */
function toCanvas({ left, top, right, bottom }: Box, grid: CanvasGrid): Box {
  return {
    left: Math.floor(left * grid.across - grid.left),
    top: Math.floor(top * grid.down - grid.top),
    right: Math.ceil(right * grid.across - grid.left),
    bottom: Math.ceil(bottom * grid.down - grid.top),
  };
}

/** Parses any CSS color by drawing it. */
function readColor(color: string): readonly [number, number, number] {
  const canvas = document.createElement("canvas");
  canvas.width = 1;
  canvas.height = 1;
  const context = canvas.getContext("2d");
  if (context === null) return [255, 0, 128];
  context.fillStyle = color;
  context.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data;
  return [red, green, blue];
}
