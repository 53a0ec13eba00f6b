import type { MaskPlane, PixelSize, Pixels } from "@retouch/client/composite";
import sharp, { type Sharp } from "sharp";
import type { ImageSource } from "./mask-pixels.ts";

/** A decoded image, upright: as viewers show it. */
export interface UprightPixels extends Pixels {
  /** The size before EXIF rotation. */
  readonly stored: PixelSize;
  /** The EXIF orientation, 1 to 8. */
  readonly orientation: number;
}

/** For what preflight let through: it was sent and billed, so a missing last byte must not cost the image now. */
const lenient = { failOn: "none" } as const;

/** Decodes an image as 8-bit sRGB, with its EXIF orientation applied. */
export async function decodeUpright(source: ImageSource): Promise<UprightPixels> {
  const { width, height, orientation = 1 } = await sharp(source, lenient).metadata();
  const pixels = await decodePixels(sharp(source, lenient).autoOrient());
  return { ...pixels, stored: { width, height }, orientation };
}

/** Decodes an image as 8-bit sRGB with alpha. */
export async function decodePixels(image: Sharp): Promise<Pixels> {
  const { data, info } = await image
    .toColourspace("srgb")
    .ensureAlpha()
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

/** Decodes the mask of an image, upright like it: a mask of the stored size turns with its image. */
export async function decodeMask(
  mask: ImageSource,
  { width, height, stored, orientation }: Omit<UprightPixels, "data">,
): Promise<MaskPlane> {
  const size = await sharp(mask, lenient).metadata();
  const isStored = size.width === stored.width && size.height === stored.height;
  const decoded = await decodePixels(sharp(mask, lenient));
  const turned = isStored ? await rotateUpright(decoded, orientation) : decoded;
  const isSame = turned.width === width && turned.height === height;
  const alpha = new Uint8Array(width * height);
  for (let y = 0, at = 0; y < height; y++) {
    const row = isSame ? y : Math.floor(((y + 0.5) * turned.height) / height);
    for (let x = 0; x < width; x++, at++) {
      const column = isSame ? x : Math.floor(((x + 0.5) * turned.width) / width);
      alpha[at] = (turned.data[4 * (row * turned.width + column) + 3] ?? 255) < 128 ? 0 : 255;
    }
  }
  return { width, height, alpha };
}

/** Applies an EXIF orientation to decoded pixels. */
export async function rotateUpright(pixels: Pixels, orientation: number): Promise<Pixels> {
  if (orientation === 1) return pixels;
  const { data, width, height } = pixels;
  const image = sharp(data, { raw: { width, height, channels: 4 } });
  // sharp mirrors first and rotates then, whatever the order of the calls.
  const angle = { 3: 180, 5: 90, 6: 90, 7: 90, 8: 270 }[orientation] ?? 0;
  const turned = image
    .rotate(angle)
    .flip(orientation === 4 || orientation === 5)
    .flop(orientation === 2 || orientation === 7);
  const { data: rotated, info } = await turned.raw().toBuffer({ resolveWithObject: true });
  return { data: rotated, width: info.width, height: info.height };
}
