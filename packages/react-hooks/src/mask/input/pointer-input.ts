import type { MaskPainter, MaskPoint } from "../mask-painter.ts";
import type { Overlay } from "../view/overlay.ts";
import { MaskKeyboard } from "./keyboard-input.ts";
import { measureCanvas } from "./measure-canvas.ts";

/**
 * Turns what a hand does on a canvas (mouse, pen, finger, keyboard) into strokes in pixels of the source, at any zoom.
 */
export class MaskInput {
  readonly #canvas: HTMLCanvasElement;
  readonly #painter: MaskPainter;
  readonly #keyboard: MaskKeyboard;
  readonly #redraw: () => void;
  #pointer: number | undefined;
  #hover: { readonly x: number; readonly y: number } | undefined;
  readonly #listening = new AbortController();

  constructor(canvas: HTMLCanvasElement, painter: MaskPainter, redraw: () => void) {
    this.#canvas = canvas;
    this.#painter = painter;
    this.#redraw = redraw;
    this.#keyboard = new MaskKeyboard(painter, redraw);
    const { signal } = this.#listening;
    canvas.addEventListener("pointerdown", this.#down, { signal });
    canvas.addEventListener("pointermove", this.#move, { signal });
    canvas.addEventListener("pointerup", this.#up, { signal });
    canvas.addEventListener("pointercancel", this.#cancel, { signal });
    canvas.addEventListener("pointerleave", this.#leave, { signal });
    canvas.addEventListener("keydown", this.#keyboard.down, { signal });
    canvas.addEventListener("blur", this.#keyboard.leave, { signal });
  }

  /** Gives what the view draws over the tint. */
  readonly overlay = (): Overlay => {
    const { tool, brushSizePx } = this.#painter.getSnapshot();
    const place = this.#hover ?? this.#keyboard.cursor;
    const round = tool === "brush" || tool === "eraser";
    return {
      pending: this.#painter.pending,
      cursor: place && {
        x: place.x,
        y: place.y,
        radius: round ? brushSizePx / 2 : 0,
        cross: !round || this.#hover === undefined,
      },
    };
  };

  stop(): void {
    this.#listening.abort();
    this.#painter.discard();
  }

  readonly #down = (event: PointerEvent): void => {
    // A second finger starts a gesture, not a stroke; a right click opens a menu. A pen's eraser is button 5.
    if (!event.isPrimary || (event.button !== 0 && event.button !== 5)) return;
    event.preventDefault();
    this.#canvas.focus({ preventScroll: true });
    this.#keyboard.leave();
    this.#pointer = event.pointerId;
    capture(this.#canvas, event.pointerId);
    this.#painter.begin(this.#measure()(event), { erase: event.button === 5 || event.altKey });
  };

  readonly #move = (event: PointerEvent): void => {
    const toSource = this.#measure();
    if (event.pointerType !== "touch") this.#hover = toSource(event);
    if (event.pointerId === this.#pointer) {
      // A frame brings several moves at once: without them a quick stroke has corners.
      const moves = event.getCoalescedEvents?.() ?? [];
      this.#painter.extend((moves.length > 0 ? moves : [event]).map(toSource));
    }
    this.#redraw();
  };

  readonly #up = (event: PointerEvent): void => {
    if (event.pointerId !== this.#pointer) return;
    this.#pointer = undefined;
    this.#painter.commit();
  };

  readonly #cancel = (event: PointerEvent): void => {
    if (event.pointerId !== this.#pointer) return;
    this.#pointer = undefined;
    this.#painter.discard();
  };

  readonly #leave = (): void => {
    this.#hover = undefined;
    this.#redraw();
  };

  #measure(): (event: PointerEvent) => MaskPoint {
    const { width, height } = this.#painter.bitmap;
    const toPlace = measureCanvas(this.#canvas);
    return (event) => {
      const { x, y } = toPlace(event);
      // Only a pen measures pressure: a mouse says 0.5, and fingers anything.
      const pressure = event.pointerType === "pen" && event.pressure > 0 ? 0.2 + 0.8 * event.pressure : 1;
      return { x: x * width, y: y * height, pressure };
    };
  }
}

function capture(canvas: HTMLCanvasElement, pointerId: number): void {
  try {
    canvas.setPointerCapture(pointerId);
  } catch {
    // A pointer made by a script can not be captured; its events come to the canvas all the same.
  }
}
