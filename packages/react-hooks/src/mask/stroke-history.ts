import { type Box, boxOf, countMarked, createBitmap, fillBox, intersect, type MaskBitmap } from "./bitmap.ts";
import { decodeRuns, encodeRuns, type RunLengths } from "./run-lengths.ts";
import { type MaskStroke, paintStroke, strokeBox } from "./stroke.ts";

interface Painted {
  readonly stroke: MaskStroke;
  readonly box: Box;
}

/** The most strokes that undoing one has to paint again. */
const strokesPerLayer = 16;

/**
 * Undo history of a mask as strokes, not as snapshots, and the bitmap they add up to. Each stroke is painted once.
 * Undoing one repaints only its box, on top of a compressed layer of the earlier strokes.
 */
export class StrokeHistory {
  readonly bitmap: MaskBitmap;
  #marked = 0;
  #painted: readonly Painted[] = [];
  #undone: readonly Painted[] = [];
  /** The bitmap after every 16 strokes: a cache that the strokes can rebuild. */
  #layers: RunLengths[] = [];
  #list: readonly MaskStroke[] | undefined;

  constructor(width: number, height: number) {
    this.bitmap = createBitmap(width, height);
  }

  /** The strokes that are not undone, oldest first; the same array until that changes. */
  get list(): readonly MaskStroke[] {
    this.#list ??= this.#painted.map(({ stroke }) => stroke);
    return this.#list;
  }

  /** How many pixels are marked. */
  get marked(): number {
    return this.#marked;
  }

  get canUndo(): boolean {
    return this.#painted.length > 0;
  }

  get canRedo(): boolean {
    return this.#undone.length > 0;
  }

  /** Paints within a box, and counts again what is marked in it only: an image has millions of pixels. */
  change(box: Box | undefined, paint: () => void): void {
    if (box === undefined) {
      paint();
      return;
    }
    const { left, top, right, bottom } = box;
    const isComplete = (right - left) * (bottom - top) === this.bitmap.pixels.length;
    const before = isComplete ? this.#marked : countMarked(this.bitmap, box);
    paint();
    this.#marked += countMarked(this.bitmap, box) - before;
  }

  /** Adds a stroke, and paints it unless that was done while it was drawn. Returns the changed area. */
  add(stroke: MaskStroke, alreadyPainted: boolean): Box | undefined {
    const box = strokeBox(stroke, this.bitmap);
    this.#layers.length = Math.min(this.#layers.length, this.#fullLayers());
    this.#undone = [];
    this.#setPainted([...this.#painted, { stroke, box }]);
    const changed = intersect(box, boxOf(this.bitmap));
    if (!alreadyPainted) this.change(changed, () => paintStroke(this.bitmap, stroke, boxOf(this.bitmap)));
    if (this.#fullLayers() > this.#layers.length) this.#layers.push(encodeRuns(this.bitmap));
    return changed;
  }

  /** Undoes the newest stroke. Returns the changed area. */
  undo(): Box | undefined {
    const last = this.#painted.at(-1);
    if (last === undefined) return undefined;
    this.#undone = [...this.#undone, last];
    this.#setPainted(this.#painted.slice(0, -1));
    return this.repaint(last.box);
  }

  /** Redoes the stroke that was undone last. Returns the changed area. */
  redo(): Box | undefined {
    const next = this.#undone.at(-1);
    if (next === undefined) return undefined;
    this.#undone = this.#undone.slice(0, -1);
    this.#setPainted([...this.#painted, next]);
    const changed = intersect(next.box, boxOf(this.bitmap));
    this.change(changed, () => paintStroke(this.bitmap, next.stroke, boxOf(this.bitmap)));
    return changed;
  }

  /** Repaints an area, from the nearest layer and the strokes since. Returns the part of it within the image. */
  repaint(box: Box): Box | undefined {
    const part = intersect(box, boxOf(this.bitmap));
    if (part === undefined) return undefined;
    this.change(part, () => this.#repaint(part));
    return part;
  }

  #repaint(part: Box): void {
    const layers = Math.min(this.#layers.length, this.#fullLayers());
    const layer = this.#layers[layers - 1];
    if (layer === undefined) fillBox(this.bitmap, part, 0);
    else decodeRuns(this.bitmap, layer, part);
    for (const { stroke, box: painted } of this.#painted.slice(layers * strokesPerLayer))
      if (intersect(painted, part) !== undefined) paintStroke(this.bitmap, stroke, part);
  }

  #setPainted(painted: readonly Painted[]): void {
    this.#painted = painted;
    this.#list = undefined;
  }

  #fullLayers(): number {
    return Math.floor(this.#painted.length / strokesPerLayer);
  }
}
