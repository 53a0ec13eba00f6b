import type { MaskBitmap } from "./bitmap.ts";

/**
 * Writes a bitmap as the PNG that an edit takes: transparent (alpha 0) where it is marked, opaque (255) elsewhere.
 * A bitmap without a mark makes no mask: the server would refuse one that is opaque all over.
 */
export async function encodeMask({ width, height, cells }: MaskBitmap): Promise<Blob | undefined> {
  if (!cells.includes(1)) return undefined;
  // Loaded late: it is wanted once, when everything is painted.
  const { createMask } = await import("@retouch/client/mask");
  const mask = createMask({ width, height });
  for (let at = 0; at < cells.length; at += 1) mask.alpha[at] = cells[at] === 1 ? 0 : 255;
  return new Blob([await mask.toPng()], { type: "image/png" });
}
