import type { MaskBitmap } from "./bitmap.ts";

/**
 * Encodes a bitmap as the PNG that an edit takes: transparent (alpha 0) where marked, opaque (255) elsewhere.
 * Resolves with `undefined` when nothing is marked, because servers refuse a fully opaque mask.
 */
export async function encodeMask({ width, height, pixels }: MaskBitmap): Promise<Blob | undefined> {
  if (!pixels.includes(1)) return undefined;
  // Loaded late: it is only needed once the mask is painted.
  const { createMask } = await import("@retouch/client/mask");
  const mask = createMask({ width, height });
  for (let at = 0; at < pixels.length; at += 1) mask.alpha[at] = pixels[at] === 1 ? 0 : 255;
  return new Blob([await mask.toPng()], { type: "image/png" });
}
