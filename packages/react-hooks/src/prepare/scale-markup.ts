import { drawAt, encodeCanvas } from "./canvas.ts";
import type { ImageInfo, PreparedImage } from "./prepare-image.ts";

/** A markup, and the image that it matched before and after it was prepared. */
export interface MarkupScale {
  readonly markup: Blob;
  readonly before: ImageInfo;
  readonly after: ImageInfo;
}

/** Scales a markup that matched the original image. A markup of another size is left for preflight to reject. */
export async function scaleMarkup({
  markup,
  before,
  after,
}: MarkupScale): Promise<PreparedImage | undefined> {
  const bitmap = await createImageBitmap(markup).catch(() => undefined);
  if (bitmap === undefined || bitmap.width !== before.width || bitmap.height !== before.height)
    return undefined;
  const { width, height } = after;
  const canvas = drawAt(bitmap, { width, height });
  bitmap.close();
  // With its soft edges: a markup is laid over the image, and not read as marked or not.
  const blob = await encodeCanvas(canvas, "image/png");
  return {
    blob,
    report: {
      field: "markup",
      changed: true,
      code: "markup_scaled",
      before: { width: before.width, height: before.height, bytes: markup.size, mediaType: markup.type },
      after: { width, height, bytes: blob.size, mediaType: blob.type },
      message: `Scaled with the image to ${width}x${height}.`,
    },
  };
}
