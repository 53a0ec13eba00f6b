import { type Box, intersect, unite } from "../bitmap.ts";
import type { MaskPainter } from "../mask-painter.ts";
import { drawOverlay, type Overlay, overlayBox } from "./overlay.ts";
import { tintPixels } from "./tint-pixels.ts";

/** An enlarged image is drawn sharp up to this size; drawing more takes longer than a frame. */
const maxPixels = 8e6;

/** View of a mask on a canvas over its image: tints marked pixels at screen resolution. */
export class MaskView {
  readonly #canvas: HTMLCanvasElement;
  readonly #painter: MaskPainter;
  readonly #tint: readonly [red: number, green: number, blue: number];
  readonly #overlay: () => Overlay;
  #stale: Box | undefined;
  #drawnOverlay: Box | undefined;
  #frame: number | undefined;
  readonly #stop: readonly (() => void)[];

  constructor(
    canvas: HTMLCanvasElement,
    painter: MaskPainter,
    { color, overlay }: { color: string; overlay: () => Overlay },
  ) {
    this.#canvas = canvas;
    this.#painter = painter;
    this.#overlay = overlay;
    this.#tint = readColor(color);
    const resized = new ResizeObserver(() => this.#fit());
    try {
      // Also reports another device-pixel ratio; Safari does not know it.
      resized.observe(canvas, { box: "device-pixel-content-box" });
    } catch {
      resized.observe(canvas);
    }
    this.#stop = [painter.watch((changed) => this.draw(changed)), () => resized.disconnect()];
    this.#fit();
  }

  /** Draws in the next frame: the overlay, and the area that changed, in image pixels. */
  draw(changed?: Box): void {
    this.#stale = unite(this.#stale, changed === undefined ? undefined : this.#toScreen(changed));
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      this.#paint();
    });
  }

  stop(): void {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    for (const stop of this.#stop) stop();
  }

  /** Gives the canvas as many pixels as the screen shows of it, up to those of the image or 8 megapixels. */
  #fit(): void {
    const { width, height } = this.#painter.bitmap;
    const shown = this.#canvas.getBoundingClientRect();
    const wantedWidth = Math.max(shown.width, 1) * devicePixelRatio;
    const most = Math.max(1, Math.sqrt(maxPixels / (width * height)));
    const scale = Math.min(most, wantedWidth / width);
    const fitted = {
      width: Math.max(1, Math.round(width * scale)),
      height: Math.max(1, Math.round(height * scale)),
    };
    if (this.#canvas.width !== fitted.width || this.#canvas.height !== fitted.height)
      Object.assign(this.#canvas, fitted);
    this.draw({ left: 0, top: 0, right: width, bottom: height });
  }

  #toScreen(box: Box): Box {
    const { width, height } = this.#painter.bitmap;
    const across = this.#canvas.width / width;
    const down = this.#canvas.height / height;
    return {
      left: Math.floor(box.left * across),
      top: Math.floor(box.top * down),
      right: Math.ceil(box.right * across),
      bottom: Math.ceil(box.bottom * down),
    };
  }

  #paint(): void {
    const context = this.#canvas.getContext("2d");
    if (context === null) return;
    const { width, height } = this.#canvas;
    const scale = width / this.#painter.bitmap.width;
    const overlay = this.#overlay();
    const all = unite(this.#stale, this.#drawnOverlay);
    const stale =
      all === undefined ? undefined : intersect(all, { left: 0, top: 0, right: width, bottom: height });
    this.#stale = undefined;
    if (stale !== undefined) {
      const pixels = tintPixels(this.#painter.bitmap, { width, height }, stale, this.#tint);
      const image = new ImageData(pixels, stale.right - stale.left, stale.bottom - stale.top);
      context.putImageData(image, stale.left, stale.top);
    }
    drawOverlay(context, overlay, scale);
    this.#drawnOverlay = overlayBox(overlay, scale);
  }
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
