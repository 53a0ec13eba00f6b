import { drawMarkup } from "./draw-markup.ts";
import type { MarkupState } from "./markup-painter.ts";

/**
 * Encodes a markup as the PNG that an edit takes: in the size of the image, transparent where nothing is drawn.
 * Resolves with `undefined` when nothing is drawn, because servers refuse a markup without a mark.
 */
export async function encodeMarkup(
  { width, height, items }: MarkupState,
  color: string,
): Promise<Blob | undefined> {
  if (items.length === 0) return undefined;
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  if (context !== null) drawMarkup(context, items, { width, height, color });
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
  // Frees its memory now: https://bugs.webkit.org/show_bug.cgi?id=195325
  canvas.width = 0;
  if (context !== null && blob !== null) return blob;
  throw new Error(`This browser cannot draw a markup of ${width}x${height} pixels. Use a smaller image.`);
}
