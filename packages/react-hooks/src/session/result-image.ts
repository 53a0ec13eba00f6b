import type { EditedImage, Problem } from "@retouch/client";
import type { CompositeReport } from "../composite/composite-options.ts";

/** One image of a result: its bytes, or at least its URL. */
export interface ResultImage {
  readonly image: EditedImage;
  readonly blob: Blob | undefined;
  /** Why there are no bytes, or why they are not put back into the original. */
  readonly warning: Problem | undefined;
  /** Set when `blob` is the result inside its original. */
  readonly composite?: (CompositeReport & { readonly width: number; readonly height: number }) | undefined;
}
