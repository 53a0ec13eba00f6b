import { drawScaled, encodeCanvas } from "./canvas.ts";

/** Creates a small version of an image; `undefined` when it is small already, or this browser cannot read it. */
export async function createThumbnail(blob: Blob, edgePx: number): Promise<Blob | undefined> {
  const bitmap = await createImageBitmap(blob, { imageOrientation: "from-image" }).catch(() => undefined);
  if (bitmap === undefined) return undefined;
  try {
    const scale = edgePx / Math.max(bitmap.width, bitmap.height);
    if (scale >= 1) return undefined;
    // WebP keeps transparency; a browser that cannot encode it makes a PNG.
    return await encodeCanvas(drawScaled(bitmap, scale), "image/webp", 0.85);
  } finally {
    bitmap.close();
  }
}
