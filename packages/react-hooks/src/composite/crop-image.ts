import {
  type CropPlan,
  clipBox,
  cropMask,
  type MaskPlane,
  type ModelSizes,
  type Pause,
  type PixelSize,
  planCrop,
  resamplePixels,
} from "@retouch/client/composite";
import { encodeBitmap } from "../mask/encode-bitmap.ts";
import {
  createCanvas,
  eachBand,
  encodeCanvas,
  hasTransparency,
  readPixels,
  writePixels,
} from "../prepare/canvas.ts";

/** What to crop, and what the model makes of it. */
export interface CropTask {
  readonly image: Blob;
  readonly mask: Blob;
  readonly sizes: ModelSizes;
  readonly size: string | undefined;
  readonly marginPx: number | undefined;
  /** An image of this many bytes is encoded as JPEG instead. */
  readonly belowBytes: number;
}

/** A crop, or why there is none. */
export type Crop =
  | { readonly image: Blob; readonly mask: Blob; readonly plan: CropPlan }
  | { readonly problem: "unreadable" | "unmasked" | "other-size" };

/** Crops an image and its mask to what an edit needs, upright and in a size that the model can make. */
export async function cropImage(
  { image, mask, sizes, size, marginPx, belowBytes }: CropTask,
  pause?: Pause,
): Promise<Crop> {
  const bitmap = await createImageBitmap(image, { imageOrientation: "from-image" }).catch(() => undefined);
  if (bitmap === undefined) return { problem: "unreadable" };
  const plane = await readMask(
    mask,
    { x: 0, y: 0, width: bitmap.width, height: bitmap.height },
    bitmap,
    pause,
  );
  const plan = plane && planCrop(plane, { sizes, size, marginPx });
  if (plane === undefined || plan === undefined)
    return { problem: plane === undefined ? "other-size" : "unmasked" };
  const inside = clipBox(plan.box, plane);
  const pixels = await readPixels(bitmap, inside, pause);
  bitmap.close();
  const { x, y, width, height } = plan.box;
  const part = { x: x - inside.x, y: y - inside.y, width, height };
  const cropped = await resamplePixels(pixels, part, plan.sent, pause);
  const canvas = createCanvas(plan.sent);
  await writePixels(
    canvas,
    { ...plan.sent, data: new Uint8ClampedArray(cropped.data) },
    { x: 0, y: 0 },
    pause,
  );
  let blob = await encodeCanvas(canvas, "image/png");
  if (blob.size >= belowBytes && !(await hasTransparency(canvas, pause)))
    blob = await encodeCanvas(canvas, "image/jpeg", 0.95);
  const { alpha } = cropMask(plane, plan);
  await pause?.();
  const marks = { ...plan.sent, pixels: new Uint8Array(alpha.length) };
  for (let at = alpha.indexOf(0); at >= 0; at = alpha.indexOf(0, at + 1)) marks.pixels[at] = 1;
  const maskBlob = await encodeBitmap(marks, pause);
  return maskBlob === undefined ? { problem: "unmasked" } : { image: blob, mask: maskBlob, plan };
}

/** Reads the part of a mask within a box; `undefined` when the mask is not of the image's size. */
export async function readMask(
  mask: Blob,
  box: { readonly x: number; readonly y: number } & PixelSize,
  { width, height }: PixelSize,
  pause: Pause | undefined,
): Promise<MaskPlane | undefined> {
  const bitmap = await createImageBitmap(mask).catch(() => undefined);
  if (bitmap === undefined || bitmap.width !== width || bitmap.height !== height) return undefined;
  const alpha = new Uint8Array(box.width * box.height);
  const read = (data: Uint8ClampedArray, row: number): boolean => {
    for (let at = 3, to = row * box.width; at < data.length; at += 4, to += 1)
      alpha[to] = (data[at] ?? 255) < 128 ? 0 : 255;
    return false;
  };
  await eachBand(bitmap, box, read, pause);
  bitmap.close();
  return { width: box.width, height: box.height, alpha };
}
