import { type Box, boxOf, createBitmap, fillBox, intersect, type MaskBitmap } from "./bitmap.ts";
import { type MaskRuns, packRuns, unpackRuns } from "./mask-runs.ts";
import { type MaskStroke, paintStroke, strokeBox } from "./stroke.ts";

interface Painted {
  readonly stroke: MaskStroke;
  readonly box: Box;
}

/** How many strokes undoing one has to paint again at most. */
const strokesPerLayer = 16;

/**
 * Keeps what was painted as strokes, never as snapshots, together with the bitmap that they add up to: a stroke is
 * painted once, and undoing one repaints only where it was, on a packed layer of those before.
 */
export class PaintedStrokes {
  readonly bitmap: MaskBitmap;
  #painted: readonly Painted[] = [];
  #undone: readonly Painted[] = [];
  /** The bitmap as it was after every 16 strokes: a cache that the strokes can fill again. */
  #layers: MaskRuns[] = [];
  #list: readonly MaskStroke[] | undefined;

  constructor(width: number, height: number) {
    this.bitmap = createBitmap(width, height);
  }

  /** Lists what was done and not undone, oldest first; the same array until that changes. */
  get list(): readonly MaskStroke[] {
    this.#list ??= this.#painted.map(({ stroke }) => stroke);
    return this.#list;
  }

  get canUndo(): boolean {
    return this.#painted.length > 0;
  }

  get canRedo(): boolean {
    return this.#undone.length > 0;
  }

  /** Keeps a stroke, painting it unless that was done as it was drawn, and answers where the picture changed. */
  add(stroke: MaskStroke, alreadyPainted: boolean): Box | undefined {
    const box = strokeBox(stroke, this.bitmap);
    this.#layers.length = Math.min(this.#layers.length, this.#fullLayers());
    this.#undone = [];
    this.#keep([...this.#painted, { stroke, box }]);
    if (!alreadyPainted) paintStroke(this.bitmap, stroke, boxOf(this.bitmap));
    if (this.#fullLayers() > this.#layers.length) this.#layers.push(packRuns(this.bitmap));
    return intersect(box, boxOf(this.bitmap));
  }

  /** Takes the newest stroke back, and answers where the picture changed. */
  undo(): Box | undefined {
    const last = this.#painted.at(-1);
    if (last === undefined) return undefined;
    this.#undone = [...this.#undone, last];
    this.#keep(this.#painted.slice(0, -1));
    return this.repaint(last.box);
  }

  /** Does again what was undone last, and answers where the picture changed. */
  redo(): Box | undefined {
    const next = this.#undone.at(-1);
    if (next === undefined) return undefined;
    this.#undone = this.#undone.slice(0, -1);
    this.#keep([...this.#painted, next]);
    paintStroke(this.bitmap, next.stroke, boxOf(this.bitmap));
    return intersect(next.box, boxOf(this.bitmap));
  }

  /** Paints a part of the picture anew, from the nearest layer and the strokes since. */
  repaint(box: Box): Box | undefined {
    const part = intersect(box, boxOf(this.bitmap));
    if (part === undefined) return undefined;
    const layers = Math.min(this.#layers.length, this.#fullLayers());
    const layer = this.#layers[layers - 1];
    if (layer === undefined) fillBox(this.bitmap, part, 0);
    else unpackRuns(this.bitmap, layer, part);
    for (const { stroke, box: painted } of this.#painted.slice(layers * strokesPerLayer))
      if (intersect(painted, part) !== undefined) paintStroke(this.bitmap, stroke, part);
    return part;
  }

  #keep(painted: readonly Painted[]): void {
    this.#painted = painted;
    this.#list = undefined;
  }

  #fullLayers(): number {
    return Math.floor(this.#painted.length / strokesPerLayer);
  }
}
