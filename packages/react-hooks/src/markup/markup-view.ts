import { CanvasFit } from "../mask/view/canvas-fit.ts";
import { drawOverlay, type Overlay } from "../mask/view/overlay.ts";
import { drawMarkup } from "./draw-markup.ts";
import type { MarkupPainter } from "./markup-painter.ts";

/** View of a markup on a canvas over its image, at screen resolution. */
export class MarkupView {
  readonly #canvas: HTMLCanvasElement;
  readonly #painter: MarkupPainter;
  readonly #color: string;
  readonly #cursor: () => Overlay["cursor"];
  readonly #fit: CanvasFit;
  readonly #unwatch: () => void;
  #frame: number | undefined;

  constructor(
    canvas: HTMLCanvasElement,
    painter: MarkupPainter,
    { color, cursor }: { color: string; cursor: () => Overlay["cursor"] },
  ) {
    this.#canvas = canvas;
    this.#painter = painter;
    this.#color = color;
    this.#cursor = cursor;
    this.#unwatch = painter.watch(() => this.draw());
    // Immediately: a canvas of another size is empty, and would be shown so for a frame.
    this.#fit = new CanvasFit(canvas, painter.getSnapshot(), () => this.#paint());
    this.#fit.start();
  }

  /** Whether the padding of the canvas is the view's. */
  readonly hasOwnPadding = (): boolean => this.#fit.hasOwnPadding();

  /** Draws in the next frame. */
  draw(): void {
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
    const { width, height, items } = this.#painter.getSnapshot();
    const { pending } = this.#painter;
    const shown = pending === undefined ? items : [...items, pending];
    context.resetTransform();
    context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    context.setTransform(grid.across, 0, 0, grid.down, -grid.left, -grid.top);
    drawMarkup(context, shown, { width, height, color: this.#color });
    context.resetTransform();
    drawOverlay(context, { cursor: this.#cursor(), pending: undefined }, grid);
  }
}
