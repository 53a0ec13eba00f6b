import type { Pixels } from "../edit-job.ts";

/** What a style may vary by. */
export interface Paint {
  /** Main hue in degrees. */
  hue: number;
  seed: number;
  /** The image's shorter side, to which strokes are measured. */
  shortEdge: number;
}

/** Repaints a image; the input is left alone, alpha is kept. */
export type Style = (image: Pixels, paint: Paint) => Pixels;
