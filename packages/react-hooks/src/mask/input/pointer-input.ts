import type { MaskPoint } from "../mask-painter.ts";
import type { Overlay } from "../view/overlay.ts";
import type { CanvasPainter } from "./canvas-painter.ts";
import { KeyboardInput, type KeyCommand } from "./keyboard-input.ts";
import { measureCanvas } from "./measure-canvas.ts";

/** What the input needs of the view on its canvas, and of the tools. */
interface CanvasView {
  readonly command: KeyCommand;
  /** Returns the diameter of a round tool in image pixels; `undefined` for one that is shown as a cross. */
  readonly brushSizePx: () => number | undefined;
  readonly redraw: () => void;
  /** Whether the padding of the canvas is the view's. */
  readonly hasOwnPadding: () => boolean;
}

/**
 * Input on a canvas (mouse, pen, touch, keyboard), converted into strokes in image pixels at any zoom.
 */
export class PointerInput {
  readonly #canvas: HTMLCanvasElement;
  readonly #painter: CanvasPainter;
  readonly #keyboard: KeyboardInput;
  readonly #view: CanvasView;
  #pointer: number | undefined;
  #hover: { readonly x: number; readonly y: number } | undefined;
  readonly #listening = new AbortController();

  constructor(canvas: HTMLCanvasElement, painter: CanvasPainter, view: CanvasView) {
    this.#canvas = canvas;
    this.#painter = painter;
    this.#view = view;
    this.#keyboard = new KeyboardInput(painter, view.command, view.redraw);
    const { signal } = this.#listening;
    canvas.addEventListener("pointerdown", this.#down, { signal });
    canvas.addEventListener("pointermove", this.#move, { signal });
    canvas.addEventListener("pointerup", this.#up, { signal });
    canvas.addEventListener("pointercancel", this.#cancel, { signal });
    canvas.addEventListener("pointerleave", this.#leave, { signal });
    canvas.addEventListener("keydown", this.#keyboard.down, { signal });
    canvas.addEventListener("blur", this.#keyboard.leave, { signal });
  }

  /** Returns where the next stroke starts, for the view to show. */
  readonly cursor = (): Overlay["cursor"] => {
    const position = this.#hover ?? this.#keyboard.cursor;
    const diameter = this.#view.brushSizePx();
    return (
      position && {
        x: position.x,
        y: position.y,
        radius: (diameter ?? 0) / 2,
        cross: diameter === undefined || this.#hover === undefined,
      }
    );
  };

  stop(): void {
    this.#listening.abort();
    this.#painter.discard();
  }

  readonly #down = (event: PointerEvent): void => {
    if (event.pointerType === "touch" && this.#pointer !== undefined && event.pointerId !== this.#pointer) {
      // Two fingers are a gesture: what the first one has painted until now was not meant.
      this.#pointer = undefined;
      this.#painter.discard();
      return;
    }
    // A second finger starts a gesture, not a stroke; a right click opens a menu. The eraser of a pen is button 5.
    // See https://www.w3.org/TR/pointerevents/#the-button-property
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
      // One frame can bring several moves: without them a quick stroke has corners.
      const moves = event.getCoalescedEvents?.() ?? [];
      this.#painter.extend((moves.length > 0 ? moves : [event]).map(toSource));
    }
    this.#view.redraw();
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
    this.#view.redraw();
  };

  #measure(): (event: PointerEvent) => MaskPoint {
    const { width, height } = this.#painter.getSnapshot();
    const toCanvasPoint = measureCanvas(this.#canvas, this.#view.hasOwnPadding());
    return (event) => {
      const { x, y } = toCanvasPoint(event);
      // Only a pen measures pressure: a mouse reports 0.5, and touch reports anything.
      const pressure = event.pointerType === "pen" && event.pressure > 0 ? 0.2 + 0.8 * event.pressure : 1;
      return { x: x * width, y: y * height, pressure };
    };
  }
}

function capture(canvas: HTMLCanvasElement, pointerId: number): void {
  try {
    canvas.setPointerCapture(pointerId);
  } catch {
    // A pointer created by a script cannot be captured; its events reach the canvas anyway.
  }
}
