import { type Box, boxOf, createBitmap, fillBox, intersect, type MaskBitmap } from "./bitmap.ts";
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

  get canUndo(): boolean {
    return this.#painted.length > 0;
  }

  get canRedo(): boolean {
    return this.#undone.length > 0;
  }

  /** Adds a stroke, and paints it unless that was done while it was drawn. Returns the changed area. */
  add(stroke: MaskStroke, alreadyPainted: boolean): Box | undefined {
    const box = strokeBox(stroke, this.bitmap);
    this.#layers.length = Math.min(this.#layers.length, this.#fullLayers());
    this.#undone = [];
    this.#setPainted([...this.#painted, { stroke, box }]);
    if (!alreadyPainted) paintStroke(this.bitmap, stroke, boxOf(this.bitmap));
    if (this.#fullLayers() > this.#layers.length) this.#layers.push(encodeRuns(this.bitmap));
    return intersect(box, boxOf(this.bitmap));
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
    paintStroke(this.bitmap, next.stroke, boxOf(this.bitmap));
    return intersect(next.box, boxOf(this.bitmap));
  }

  /** Repaints an area, from the nearest layer and the strokes since. Returns the part of it within the image. */
  repaint(box: Box): Box | undefined {
    const part = intersect(box, boxOf(this.bitmap));
    if (part === undefined) return undefined;
    const layers = Math.min(this.#layers.length, this.#fullLayers());
    const layer = this.#layers[layers - 1];
    if (layer === undefined) fillBox(this.bitmap, part, 0);
    else decodeRuns(this.bitmap, layer, part);
    for (const { stroke, box: painted } of this.#painted.slice(layers * strokesPerLayer))
      if (intersect(painted, part) !== undefined) paintStroke(this.bitmap, stroke, part);
    return part;
  }

  #setPainted(painted: readonly Painted[]): void {
    this.#painted = painted;
    this.#list = undefined;
  }

  #fullLayers(): number {
    return Math.floor(this.#painted.length / strokesPerLayer);
  }
}

/** Run-length encoding of a bitmap: the indexes, row by row, where marked and unmarked pixels alternate. */
type RunLengths = Uint32Array<ArrayBuffer>;

/** Encodes a bitmap. `indexOf` compares many bytes at a time, so this takes about as long as reading them. */
export function encodeRuns({ pixels }: MaskBitmap): RunLengths {
  const changes: number[] = [];
  let wanted = 1;
  for (let at = pixels.indexOf(1); at >= 0; at = pixels.indexOf(wanted, at)) {
    changes.push(at);
    wanted = 1 - wanted;
  }
  if (changes.length % 2 === 1) changes.push(pixels.length);
  return Uint32Array.from(changes);
}

/** Decodes one area of an encoded bitmap. */
export function decodeRuns(bitmap: MaskBitmap, runs: RunLengths, box: Box): void {
  fillBox(bitmap, box, 0);
  for (let y = box.top; y < box.bottom; y += 1) {
    const left = y * bitmap.width + box.left;
    const right = y * bitmap.width + box.right;
    for (let at = firstRunEndingAfter(runs, left); at < runs.length; at += 2) {
      const from = runs[at] ?? 0;
      if (from >= right) break;
      bitmap.pixels.fill(1, Math.max(left, from), Math.min(right, runs[at + 1] ?? 0));
    }
  }
}

/** Finds the first marked run that ends after `index`: runs are pairs of start and end, in order. */
function firstRunEndingAfter(runs: RunLengths, index: number): number {
  let low = 0;
  let high = runs.length / 2;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((runs[2 * middle + 1] ?? 0) > index) high = middle;
    else low = middle + 1;
  }
  return 2 * low;
}
