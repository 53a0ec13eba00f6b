import type { Format } from "./format.ts";
import type { ImageNote } from "./image-headers.ts";

/** Properties of a mask, determined from its pixels. */
export interface MaskInfo {
  /** Absent when the header cannot be read. */
  readonly widthPx?: number;
  readonly heightPx?: number;
  /** An alpha channel, or a `tRNS` chunk. */
  readonly hasAlpha: boolean;
  /** Fully transparent pixels are the ones to edit. */
  readonly transparentPixels: "none" | "some" | "all";
  /** Some pixels are neither fully transparent nor opaque. */
  readonly softAlpha: boolean;
  /** Why it cannot be used, as the rest of a sentence about it: `is not a PNG`, `ends early: ...`. */
  readonly problem?: string;
}

/** Properties of an image, determined from its headers. */
export interface ImageInfo {
  readonly format: Format;
  readonly mediaType: string;
  /** As stored: an image of orientation 5-8 is displayed with width and height swapped. Absent when not found. */
  readonly widthPx?: number;
  readonly heightPx?: number;
  /** EXIF 1-8; 1 is upright. */
  readonly orientation: number;
  readonly animated?: boolean;
  readonly notes?: readonly ImageNote[];
  /** Why it cannot be used, as the rest of a sentence about it: `is empty`, `ends early: ...`. */
  readonly problem?: string;
}
