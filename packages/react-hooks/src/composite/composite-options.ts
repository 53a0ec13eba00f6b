import type { Drift, PixelBox } from "@retouch/client/composite";

/** How a masked edit is cut out of its image, and put back. */
export interface CompositeOptions {
  /** Whether only the surroundings of the mask are sent; true by default. */
  readonly crop?: boolean | undefined;
  /** Surroundings on each side, in image pixels. Default: half of the marked area's longer side, at least 64. */
  readonly marginPx?: number | undefined;
  /** Width of the soft edge, inside the mask, in image pixels. Default: 1/256 of the sent part's shorter side. */
  readonly featherPx?: number | undefined;
}

/** What became of a result that was put back into its original. */
export interface CompositeReport {
  /** The result as the server made it. */
  readonly raw: Blob;
  /** How much the model had changed outside the mask, where the original is kept. */
  readonly drift: Drift;
}

/** The image and the mask that an edit was made from, at full resolution. */
export interface Original {
  readonly image: Blob;
  readonly mask: Blob;
  /** The part that is sent; all of it without a crop. */
  readonly box: PixelBox | undefined;
  readonly featherPx: number | undefined;
}
