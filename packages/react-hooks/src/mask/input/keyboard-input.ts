import type { MaskPainter, MaskTool } from "../mask-painter.ts";

const tools: Readonly<Record<string, MaskTool>> = { b: "brush", e: "eraser", r: "rectangle", l: "lasso" };
const arrows: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/**
 * Keyboard control of the painter. Arrows move a cursor (faster with Shift). Space or Enter starts and ends a stroke
 * there, Escape drops it. B, E, R and L select a tool, [ and ] resize the brush, I inverts, Delete clears, Ctrl+Z undoes.
 */
export class KeyboardInput {
  readonly #painter: MaskPainter;
  readonly #redraw: () => void;
  #cursor: { readonly x: number; readonly y: number } | undefined;

  constructor(painter: MaskPainter, redraw: () => void) {
    this.#painter = painter;
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

  #command({ key, ctrlKey, metaKey, shiftKey, altKey }: KeyboardEvent): boolean {
    const painter = this.#painter;
    const letter = key.toLowerCase();
    if (ctrlKey || metaKey) {
      if (letter === "z") shiftKey ? painter.redo() : painter.undo();
      else if (letter === "y") painter.redo();
      else return false;
      return true;
    }
    if (altKey) return false;
    const tool = tools[letter];
    const { brushSizePx } = painter.getSnapshot();
    if (tool !== undefined) painter.setTool(tool);
    else if (letter === "i") painter.invert();
    else if (key === "[") painter.setBrushSize(Math.min(brushSizePx - 1, brushSizePx / 1.25));
    else if (key === "]") painter.setBrushSize(Math.max(brushSizePx + 1, brushSizePx * 1.25));
    else if (key === "Delete" || key === "Backspace") painter.clear();
    else return false;
    return true;
  }

  #draw({ key, shiftKey, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
    if (ctrlKey || metaKey || altKey) return false;
    const { bitmap } = this.#painter;
    const position = this.#cursor ?? { x: bitmap.width / 2, y: bitmap.height / 2 };
    const arrow = arrows[key];
    if (arrow !== undefined) {
      const step = (Math.max(bitmap.width, bitmap.height) / 100) * (shiftKey ? 8 : 1);
      this.#cursor = {
        x: Math.min(bitmap.width, Math.max(0, position.x + arrow[0] * step)),
        y: Math.min(bitmap.height, Math.max(0, position.y + arrow[1] * step)),
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
