import type { Pixels } from "../edit-job.ts";

/** What a look may vary by. */
export interface Paint {
  /** Main hue in degrees. */
  hue: number;
  seed: number;
  /** The picture's shorter side, to which strokes are measured. */
  short: number;
}

/** Repaints a picture; the input is left alone, alpha is kept. */
export type Look = (picture: Pixels, paint: Paint) => Pixels;
