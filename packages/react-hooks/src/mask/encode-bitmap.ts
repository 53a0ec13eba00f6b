import type { Pause } from "@retouch/client/composite";
import { createMask } from "@retouch/client/mask";
import type { MaskBitmap } from "./bitmap.ts";

/**
 * Encodes a bitmap as the PNG that an edit takes: transparent (alpha 0) where marked, opaque (255) elsewhere.
 * Resolves with `undefined` when nothing is marked, because servers refuse a fully opaque mask.
 */
export async function encodeBitmap(
  { width, height, pixels }: MaskBitmap,
  pause?: Pause,
): Promise<Blob | undefined> {
  if (!pixels.includes(1)) return undefined;
  const mask = createMask({ width, height });
  for (let at = pixels.indexOf(1); at >= 0; at = pixels.indexOf(1, at)) {
    const found = pixels.indexOf(0, at);
    const end = found < 0 ? pixels.length : found;
    mask.alpha.fill(0, at, end);
    if (found < 0) break;
    at = end;
  }
  return new Blob([await mask.toPng({ pause })], { type: "image/png" });
}
