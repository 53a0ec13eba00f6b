import type { Pause } from "@retouch/client/composite";
import { encodeBitmap } from "../mask/encode-bitmap.ts";
import { drawAt, eachBand } from "./canvas.ts";
import type { ImageInfo, PreparedImage } from "./prepare-image.ts";

/** A mask, and the image that it matched before and after it was prepared. */
export interface MaskScale {
  readonly mask: Blob;
  readonly before: ImageInfo;
  readonly after: ImageInfo;
}

/** Scales a mask that matched the original image. A mask of another size is left for preflight to reject. */
export async function scaleMask(
  { mask, before, after }: MaskScale,
  pause?: Pause,
): Promise<PreparedImage | undefined> {
  const bitmap = await createImageBitmap(mask).catch(() => undefined);
  if (bitmap === undefined || bitmap.width !== before.width || bitmap.height !== before.height)
    return undefined;
  const { width, height } = after;
  const canvas = drawAt(bitmap, { width, height });
  bitmap.close();
  const scaled = { width, height, pixels: new Uint8Array(width * height) };
  // At least half transparent counts as marked: the edge stays in place.
  const mark = (data: Uint8ClampedArray, row: number): boolean => {
    for (let at = 3, to = row * width; at < data.length; at += 4, to += 1)
      scaled.pixels[to] = (data[at] ?? 255) < 128 ? 1 : 0;
    return false;
  };
  await eachBand(canvas, { x: 0, y: 0, width, height }, mark, pause);
  const blob = await encodeBitmap(scaled, pause);
  if (blob === undefined) return undefined;
  return {
    blob,
    report: {
      field: "mask",
      changed: true,
      code: "mask_scaled",
      before: { width: before.width, height: before.height, bytes: mask.size, mediaType: mask.type },
      after: { width, height, bytes: blob.size, mediaType: blob.type },
      message: `Scaled with the image to ${width}x${height}.`,
    },
  };
}
