import type { MaskPoint } from "../mask/mask-painter.ts";
import { isVisible, type MarkupItem, type MarkupTool } from "./markup-item.ts";

/** Immutable snapshot of a markup. */
export interface MarkupState {
  readonly width: number;
  readonly height: number;
  readonly tool: MarkupTool;
  /** Width of the lines that are drawn next, in image pixels; the letters of a note are six times as high. */
  readonly lineWidthPx: number;
  /** The text of the next note. */
  readonly note: string;
  /** True while nothing is drawn: there is no markup to send. */
  readonly isEmpty: boolean;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  /** What is drawn, oldest first. */
  readonly items: readonly MarkupItem[];
}

/** Draws arrows, boxes and notes with the selected tool, and notifies its listeners. */
export class MarkupPainter {
  #state: MarkupState;
  #undo: readonly (readonly MarkupItem[])[] = [];
  #redo: readonly (readonly MarkupItem[])[] = [];
  #start: MaskPoint | undefined;
  #end: MaskPoint | undefined;
  readonly #listeners = new Set<() => void>();
  readonly #watchers = new Set<() => void>();

  constructor({
    width,
    height,
    items = [],
  }: { width: number; height: number; items?: readonly MarkupItem[] | undefined }) {
    const lineWidthPx = Math.max(2, Math.round(Math.max(width, height) / 200));
    const drawn = { items, isEmpty: items.length === 0, canUndo: false, canRedo: false };
    this.#state = { width, height, tool: "arrow", lineWidthPx, note: "", ...drawn };
  }

  /** Calls `listener` after every change of the state. Returns the function that unsubscribes it. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Returns the current state: the same object until something changes. */
  readonly getSnapshot = (): MarkupState => this.#state;

  /** Calls `watcher` after every change of what is shown. Returns the function that stops it. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** What is being drawn. */
  get pending(): MarkupItem | undefined {
    const [start, end] = [this.#start, this.#end];
    if (start === undefined || end === undefined) return undefined;
    const { tool, lineWidthPx, note } = this.#state;
    const corners = [start.x, start.y, end.x, end.y] as const;
    if (tool === "arrow") return { kind: tool, lineWidthPx, ends: corners };
    if (tool === "box") return { kind: tool, lineWidthPx, corners };
    return { kind: tool, lineWidthPx, at: [end.x, end.y], text: note };
  }

  /** Selects the tool that draws next. */
  readonly setTool = (tool: MarkupTool): void => {
    this.discard();
    this.#publish({ tool });
  };

  /** Sets the width of the lines that are drawn next, in image pixels. */
  readonly setLineWidth = (lineWidthPx: number): void => {
    const maximum = Math.max(1, Math.round(Math.max(this.#state.width, this.#state.height) / 20));
    this.#publish({ lineWidthPx: Math.min(maximum, Math.max(1, Math.round(lineWidthPx))) });
  };

  /** Sets the text of the next note. */
  readonly setNote = (note: string): void => this.#publish({ note });

  /** Begins an item of the chosen tool at a position in image pixels. */
  begin(point: MaskPoint): void {
    this.discard();
    this.#start = point;
    this.extend([point]);
  }

  /** Draws the item as far as the last of the positions, in image pixels. */
  extend(points: readonly MaskPoint[]): void {
    if (this.#start === undefined) return;
    this.#end = points.at(-1) ?? this.#end;
    this.#notify();
  }

  /** Ends what is being drawn, and keeps it. An arrow or box of no extent, and a note without text, are dropped. */
  commit(): void {
    const item = this.pending;
    this.discard();
    if (item !== undefined) this.add(item);
  }

  /** Drops what is being drawn, for example when a gesture takes the pointer. */
  discard(): void {
    if (this.#start === undefined) return;
    this.#start = undefined;
    this.#end = undefined;
    this.#notify();
  }

  /** Draws an arrow, box or note, for example from a script or a stored list. */
  readonly add = (item: MarkupItem): void => {
    if (isVisible(item)) this.#replace([...this.#state.items, item]);
  };

  /** Removes everything. `undo` brings it back. */
  readonly clear = (): void => {
    this.discard();
    if (!this.#state.isEmpty) this.#replace([]);
  };

  /** Takes the last change back. */
  readonly undo = (): void => {
    this.discard();
    const before = this.#undo.at(-1);
    if (before === undefined) return;
    this.#redo = [...this.#redo, this.#state.items];
    this.#undo = this.#undo.slice(0, -1);
    this.#publish({ items: before });
  };

  /** Makes the change again that `undo` took back. */
  readonly redo = (): void => {
    this.discard();
    const next = this.#redo.at(-1);
    if (next === undefined) return;
    this.#undo = [...this.#undo, this.#state.items];
    this.#redo = this.#redo.slice(0, -1);
    this.#publish({ items: next });
  };

  #replace(items: readonly MarkupItem[]): void {
    this.#undo = [...this.#undo, this.#state.items];
    this.#redo = [];
    this.#publish({ items });
  }

  #publish(change: Partial<MarkupState>): void {
    const state = { ...this.#state, ...change };
    const [canUndo, canRedo] = [this.#undo.length > 0, this.#redo.length > 0];
    this.#state = { ...state, isEmpty: state.items.length === 0, canUndo, canRedo };
    this.#notify();
    for (const listener of this.#listeners) listener();
  }

  #notify(): void {
    for (const watcher of this.#watchers) watcher();
  }
}
