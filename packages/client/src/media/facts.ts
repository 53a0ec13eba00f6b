import type { Format } from "./format.ts";

/** What the pixels of a mask say. */
export interface MaskFacts {
  /** Absent when the header can not be read. */
  readonly widthPx?: number;
  readonly heightPx?: number;
  /** An alpha channel, or a `tRNS` chunk. */
  readonly hasAlpha: boolean;
  /** Fully transparent pixels are the ones to edit. */
  readonly transparentPixels: "none" | "some" | "all";
  /** Some pixels are neither fully transparent nor opaque. */
  readonly softAlpha: boolean;
  /** Why it can not be used, as the rest of a sentence about it: `is no PNG`, `ends early: ...`. */
  readonly problem?: string;
}

/** What a picture's headers say. */
export interface ImageFacts {
  readonly format: Format;
  readonly mediaType: string;
  /** As stored: a picture of orientation 5-8 is shown with width and height exchanged. Absent when not found. */
  readonly widthPx?: number;
  readonly heightPx?: number;
  /** EXIF 1-8; 1 is upright. */
  readonly orientation: number;
  readonly animated?: boolean;
  /** Why it can not be used, as the rest of a sentence about it: `is empty`, `ends early: ...`. */
  readonly problem?: string;
}
