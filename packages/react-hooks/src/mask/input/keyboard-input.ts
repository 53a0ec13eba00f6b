import type { CanvasPainter } from "./canvas-painter.ts";

const arrows: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Does what a key stands for, such as selecting a tool. Returns whether it stands for something. */
export type KeyCommand = (event: KeyboardEvent) => boolean;

/**
 * Keyboard control of a painter. Arrows move a cursor (faster with Shift). Space or Enter starts and ends a stroke there,
 * Escape drops it. Other keys are commands of the painter.
 */
export class KeyboardInput {
  readonly #painter: CanvasPainter;
  readonly #command: KeyCommand;
  readonly #redraw: () => void;
  #cursor: { readonly x: number; readonly y: number } | undefined;

  constructor(painter: CanvasPainter, command: KeyCommand, redraw: () => void) {
    this.#painter = painter;
    this.#command = command;
    this.#redraw = redraw;
  }

  /** The start of the next stroke; `undefined` until the keyboard is used. */
  get cursor(): { readonly x: number; readonly y: number } | undefined {
    return this.#cursor;
  }

  readonly leave = (): void => {
    if (this.#cursor === undefined) return;
    this.#cursor = undefined;
    this.#painter.discard();
    this.#redraw();
  };

  readonly down = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || !(this.#command(event) || this.#draw(event))) return;
    event.preventDefault();
    event.stopPropagation();
    this.#redraw();
  };

  #draw({ key, shiftKey, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
    if (ctrlKey || metaKey || altKey) return false;
    const { width, height } = this.#painter.getSnapshot();
    const position = this.#cursor ?? { x: width / 2, y: height / 2 };
    const arrow = arrows[key];
    if (arrow !== undefined) {
      const step = (Math.max(width, height) / 100) * (shiftKey ? 8 : 1);
      this.#cursor = {
        x: Math.min(width, Math.max(0, position.x + arrow[0] * step)),
        y: Math.min(height, Math.max(0, position.y + arrow[1] * step)),
      };
      this.#painter.extend([{ ...this.#cursor, pressure: 1 }]);
      return true;
    }
    if (key === " " || key === "Enter") {
      this.#cursor = position;
      if (this.#painter.pending === undefined) this.#painter.begin({ ...position, pressure: 1 });
      else this.#painter.commit();
      return true;
    }
    if (key !== "Escape" || this.#painter.pending === undefined) return false;
    this.#painter.discard();
    return true;
  }
}
