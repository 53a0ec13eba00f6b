// Over 220 lines: one class, and each of its public members has a sentence.
import { type Box, boxOf, intersect, type MaskBitmap } from "./bitmap.ts";
import type { Dab } from "./fill-capsule.ts";
import { type MaskMode, type MaskStroke, paintDabs, strokeBox } from "./stroke.ts";
import { StrokeHistory } from "./stroke-history.ts";

/** Tool of a pointer: freehand (`brush`, `eraser`) or an area (`rectangle`, `lasso`). */
export type MaskTool = "brush" | "eraser" | "rectangle" | "lasso";

/** Immutable snapshot of a mask painter. */
export interface MaskState {
  readonly width: number;
  readonly height: number;
  readonly tool: MaskTool;
  /** Diameter of the brush in image pixels. */
  readonly brushSizePx: number;
  /** True while nothing is marked: there is no mask to send. */
  readonly isEmpty: boolean;
  /** How much of the image is marked, from 0 to 1. */
  readonly coverage: number;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  /** The strokes that are not undone, oldest first. */
  readonly strokes: readonly MaskStroke[];
}

/** Position in image pixels, and the pressure there (0 to 1; 1 for a mouse). */
export interface MaskPoint {
  readonly x: number;
  readonly y: number;
  readonly pressure: number;
}

/** Stroke in progress: a brush marks immediately, an area shows its outline until it is closed. */
export type PendingStroke =
  | { readonly kind: "brush"; readonly mode: MaskMode; readonly dabs: Dab[] }
  | { readonly kind: "rectangle" | "lasso"; readonly mode: MaskMode; readonly points: MaskPoint[] };

/** Mask painter: paints strokes with the selected tool while they are drawn, and notifies its listeners. */
export class MaskPainter {
  /** The marked pixels, a byte each. */
  readonly bitmap: MaskBitmap;
  readonly #strokes: StrokeHistory;
  #version = 0;
  #pending: PendingStroke | undefined;
  #tool: MaskTool = "brush";
  #brushSizePx: number;
  #state: MaskState;
  readonly #listeners = new Set<() => void>();
  readonly #watchers = new Set<(changed: Box | undefined) => void>();

  constructor({
    width,
    height,
    strokes = [],
  }: { width: number; height: number; strokes?: readonly MaskStroke[] | undefined }) {
    this.#strokes = new StrokeHistory(width, height);
    this.bitmap = this.#strokes.bitmap;
    this.#brushSizePx = Math.max(1, Math.round(Math.max(width, height) / 16));
    for (const stroke of strokes) this.#strokes.add(stroke, false);
    this.#state = this.#snapshot();
  }

  /** Calls `listener` after every change of the state. Returns the function that unsubscribes it. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Returns the current state: the same object until something changes. */
  readonly getSnapshot = (): MaskState => this.#state;

  /** Calls `watcher` after every change of the bitmap, with the area to redraw. Returns the function that stops it. */
  readonly watch = (watcher: (changed: Box | undefined) => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  /** Counts the changes of the bitmap, those of a stroke in progress too. */
  get version(): number {
    return this.#version;
  }

  /** The stroke in progress. */
  get pending(): PendingStroke | undefined {
    return this.#pending;
  }

  /** Selects the tool of the next stroke. */
  readonly setTool = (tool: MaskTool): void => {
    this.discard();
    this.#tool = tool;
    this.#publish();
  };

  /** Sets the diameter of brush and eraser in image pixels, from 1 to twice the longer side of the image. */
  readonly setBrushSize = (brushSizePx: number): void => {
    const maximum = 2 * Math.max(this.bitmap.width, this.bitmap.height);
    this.#brushSizePx = Math.min(maximum, Math.max(1, Math.round(brushSizePx)));
    this.#publish();
  };

  /** Starts a stroke with the selected tool. `erase` erases marks with any tool. */
  begin(point: MaskPoint, { erase = false }: { erase?: boolean } = {}): void {
    this.discard();
    const mode: MaskMode = erase || this.#tool === "eraser" ? "erase" : "mark";
    this.#pending =
      this.#tool === "rectangle" || this.#tool === "lasso"
        ? { kind: this.#tool, mode, points: [] }
        : { kind: "brush", mode, dabs: [] };
    this.extend([point]);
  }

  /** Continues the stroke. */
  extend(points: readonly MaskPoint[]): void {
    const pending = this.#pending;
    if (pending === undefined || points.length === 0) return;
    if (pending.kind !== "brush") {
      pending.points.push(...points);
      this.#notify(undefined);
      return;
    }
    const from = pending.dabs.length;
    for (const { x, y, pressure } of points)
      pending.dabs.push({ x, y, radius: Math.max(0.5, (this.#brushSizePx / 2) * pressure) });
    const imageBox = boxOf(this.bitmap);
    const drawn = strokeBox({ ...pending, dabs: pending.dabs.slice(Math.max(0, from - 1)) }, this.bitmap);
    const changed = intersect(imageBox, drawn);
    this.#strokes.change(changed, () => paintDabs(this.bitmap, pending.dabs, pending.mode, imageBox, from));
    this.#notify(changed);
  }

  /** Ends the stroke and stores it. An area without extent is dropped. */
  commit(): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    this.#pending = undefined;
    const stroke = toStroke(pending);
    if (stroke === undefined) this.#notify(undefined);
    else this.#publish(this.#strokes.add(stroke, pending.kind === "brush"));
  }

  /** Drops the stroke in progress, for example when a gesture takes the pointer. */
  discard(): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    this.#pending = undefined;
    this.#notify(
      pending.kind === "brush" ? this.#strokes.repaint(strokeBox(pending, this.bitmap)) : undefined,
    );
  }

  /** Paints a complete stroke, for example from a script or a stored list. */
  readonly add = (stroke: MaskStroke): void => {
    this.discard();
    this.#publish(this.#strokes.add(stroke, false));
  };

  /** Marks what is not marked, and the reverse. */
  readonly invert = (): void => this.add({ kind: "invert" });

  /** Removes all marks. `undo` brings them back. */
  readonly clear = (): void => {
    if (!this.#state.isEmpty || this.#pending !== undefined) this.add({ kind: "clear" });
  };

  /** Removes the last stroke. */
  readonly undo = (): void => {
    this.discard();
    if (this.#strokes.canUndo) this.#publish(this.#strokes.undo());
  };

  /** Draws again what `undo` removed. */
  readonly redo = (): void => {
    this.discard();
    if (this.#strokes.canRedo) this.#publish(this.#strokes.redo());
  };

  #publish(box?: Box): void {
    this.#state = this.#snapshot();
    this.#notify(box);
    for (const listener of this.#listeners) listener();
  }

  #notify(box: Box | undefined): void {
    if (box !== undefined) this.#version += 1;
    for (const watcher of this.#watchers) watcher(box);
  }

  #snapshot(): MaskState {
    const { width, height } = this.bitmap;
    const { marked } = this.#strokes;
    return {
      width,
      height,
      tool: this.#tool,
      brushSizePx: this.#brushSizePx,
      isEmpty: marked === 0,
      coverage: width * height === 0 ? 0 : marked / (width * height),
      canUndo: this.#strokes.canUndo,
      canRedo: this.#strokes.canRedo,
      strokes: this.#strokes.list,
    };
  }
}

function toStroke(pending: PendingStroke): MaskStroke | undefined {
  if (pending.kind === "brush") return pending;
  const { mode, points } = pending;
  const [first] = points;
  const last = points.at(-1);
  if (first === undefined || last === undefined) return undefined;
  if (pending.kind === "lasso") {
    if (points.length < 3) return undefined;
    return { kind: "lasso", mode, outline: points.flatMap(({ x, y }) => [x, y]) };
  }
  const stroke: MaskStroke = { kind: "rectangle", mode, corners: [first.x, first.y, last.x, last.y] };
  const { left, top, right, bottom } = strokeBox(stroke, { width: 0, height: 0 });
  return left < right && top < bottom ? stroke : undefined;
}
