import { type Box, boxOf, countMarked, intersect, type MaskBitmap } from "./bitmap.ts";
import type { Dab } from "./fill-capsule.ts";
import { type MaskMode, type MaskStroke, paintDabs, strokeBox } from "./stroke.ts";
import { PaintedStrokes } from "./stroke-history.ts";

/** Is how a pointer marks: by hand (`brush`, `eraser`), or a whole area at once (`rectangle`, `lasso`). */
export type MaskTool = "brush" | "eraser" | "rectangle" | "lasso";

/** Is what a component sees of a mask: replaced, never changed. */
export interface MaskState {
  readonly width: number;
  readonly height: number;
  readonly tool: MaskTool;
  /** The brush's diameter in pixels of the source. */
  readonly brushSizePx: number;
  /** True while nothing is marked: there is no mask to send. */
  readonly isEmpty: boolean;
  /** How much of the picture is marked, from 0 to 1. */
  readonly coverage: number;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  /** Everything that was done and not undone, oldest first. */
  readonly strokes: readonly MaskStroke[];
}

/** Is a place in the picture, in pixels of the source, and how hard it is pressed (0 to 1; 1 for a mouse). */
export interface MaskPoint {
  readonly x: number;
  readonly y: number;
  readonly pressure: number;
}

/** Is a stroke that is still being drawn: a brush marks as it goes, an area shows its outline until it is closed. */
export type PendingStroke =
  | { readonly kind: "brush"; readonly mode: MaskMode; readonly dabs: Dab[] }
  | { readonly kind: "rectangle" | "lasso"; readonly mode: MaskMode; readonly points: MaskPoint[] };

/** Paints a mask with the tool in hand, a stroke painted as it is drawn, and tells whoever watches. */
export class MaskPainter {
  readonly bitmap: MaskBitmap;
  readonly #strokes: PaintedStrokes;
  #marked = 0;
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
    this.#strokes = new PaintedStrokes(width, height);
    this.bitmap = this.#strokes.bitmap;
    this.#brushSizePx = Math.max(1, Math.round(Math.max(width, height) / 16));
    for (const stroke of strokes) this.#strokes.add(stroke, false);
    this.#marked = countMarked(this.bitmap);
    this.#state = this.#view();
  }

  /** Watches the state; the answer stops watching. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly getSnapshot = (): MaskState => this.#state;

  /** Watches the picture itself, more often than the state: `changed` is where to draw again. */
  readonly watch = (watcher: (changed: Box | undefined) => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  /** The stroke that is still being drawn. */
  get pending(): PendingStroke | undefined {
    return this.#pending;
  }

  readonly setTool = (tool: MaskTool): void => {
    this.discard();
    this.#tool = tool;
    this.#changed();
  };

  /** @param brushSizePx The diameter in pixels of the source, from 1 to twice the picture's longer side. */
  readonly setBrushSize = (brushSizePx: number): void => {
    const most = 2 * Math.max(this.bitmap.width, this.bitmap.height);
    this.#brushSizePx = Math.min(most, Math.max(1, Math.round(brushSizePx)));
    this.#changed();
  };

  /** Starts a stroke with the tool in hand. `erase` takes marks away, whatever the tool. */
  begin(point: MaskPoint, { erase = false }: { erase?: boolean } = {}): void {
    this.discard();
    const mode: MaskMode = erase || this.#tool === "eraser" ? "erase" : "mark";
    this.#pending =
      this.#tool === "rectangle" || this.#tool === "lasso"
        ? { kind: this.#tool, mode, points: [] }
        : { kind: "brush", mode, dabs: [] };
    this.extend([point]);
  }

  /** Draws the stroke on. */
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
    const whole = boxOf(this.bitmap);
    const drawn = strokeBox({ ...pending, dabs: pending.dabs.slice(Math.max(0, from - 1)) }, this.bitmap);
    const changed = intersect(whole, drawn);
    paintDabs(this.bitmap, pending.dabs, pending.mode, whole, from);
    this.#notify(changed);
  }

  /** Ends the stroke and keeps it. An area without extent is none. */
  commit(): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    this.#pending = undefined;
    const stroke = finished(pending);
    if (stroke === undefined) this.#notify(undefined);
    else this.#changed(this.#strokes.add(stroke, pending.kind === "brush"));
  }

  /** Drops the stroke that is being drawn, as when a gesture takes the pointer away. */
  discard(): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    this.#pending = undefined;
    this.#notify(
      pending.kind === "brush" ? this.#strokes.repaint(strokeBox(pending, this.bitmap)) : undefined,
    );
  }

  /** Does one whole stroke, as from a script or a stored list. */
  readonly add = (stroke: MaskStroke): void => {
    this.discard();
    this.#changed(this.#strokes.add(stroke, false));
  };

  readonly invert = (): void => this.add({ kind: "invert" });

  readonly clear = (): void => {
    if (!this.#state.isEmpty || this.#pending !== undefined) this.add({ kind: "clear" });
  };

  readonly undo = (): void => {
    this.discard();
    if (this.#strokes.canUndo) this.#changed(this.#strokes.undo());
  };

  readonly redo = (): void => {
    this.discard();
    if (this.#strokes.canRedo) this.#changed(this.#strokes.redo());
  };

  #changed(box?: Box): void {
    if (box !== undefined) this.#marked = countMarked(this.bitmap);
    this.#state = this.#view();
    this.#notify(box);
    for (const listener of this.#listeners) listener();
  }

  #notify(box: Box | undefined): void {
    for (const watcher of this.#watchers) watcher(box);
  }

  #view(): MaskState {
    const { width, height } = this.bitmap;
    const marked = this.#marked;
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

function finished(pending: PendingStroke): MaskStroke | undefined {
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
