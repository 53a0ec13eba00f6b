import sharp, { type Sharp } from "sharp";
import { usageError } from "../errors/cli-error.ts";
import type { MaskPixels } from "./mask-pixels.ts";

/** Input of sharp: a path or bytes. */
export type ImageSource = string | Uint8Array;

/** Reads the stored size of an image, which the server and preflight see: before any EXIF rotation. */
export async function readImageSize(
  source: ImageSource,
  label: string,
): Promise<{ width: number; height: number; orientation: number }> {
  try {
    const { width, height, orientation = 1 } = await sharp(source).metadata();
    return { width, height, orientation };
  } catch (error) {
    throw usageError(`${label} is not a readable image. Give a PNG, JPEG or WebP.`, [], error);
  }
}

async function channel(image: Sharp, label: string): Promise<MaskPixels> {
  try {
    const { data, info } = await image.raw({ depth: "uchar" }).toBuffer({ resolveWithObject: true });
    // Grayscale conversion may return more than the one channel requested.
    const keep = new Uint8Array(info.width * info.height);
    for (let at = 0; at < keep.length; at++) keep[at] = data[at * info.channels] ?? 0;
    return { width: info.width, height: info.height, keep };
  } catch (error) {
    throw usageError(`${label} is not a readable image. Give a PNG, JPEG or WebP.`, [], error);
  }
}

/** Reads a mask from transparency: pixels less than half opaque are edited. */
export async function maskFromAlpha(source: ImageSource, label: string): Promise<MaskPixels> {
  const { hasAlpha } = await sharp(source)
    .metadata()
    .catch(() => ({ hasAlpha: true }));
  if (!hasAlpha) {
    throw usageError(
      `${label} has no transparency. Give an image with an alpha channel, or another kind of mask.`,
    );
  }
  const alpha = await channel(sharp(source).ensureAlpha().extractChannel("alpha"), label);
  return { ...alpha, keep: alpha.keep.map((value) => (value < 128 ? 0 : 255)) };
}

/** Reads a mask from black and white: pixels lighter than middle gray are edited. */
export async function maskFromBlackWhite(source: ImageSource, label: string): Promise<MaskPixels> {
  const grey = await channel(sharp(source).flatten({ background: "#000" }).greyscale(), label);
  return { ...grey, keep: grey.keep.map((value) => (value >= 128 ? 0 : 255)) };
}

/** Resizes a mask without partly transparent edges. */
export async function resizeMask(mask: MaskPixels, width: number, height: number): Promise<MaskPixels> {
  if (mask.width === width && mask.height === height) return mask;
  const raw = { width: mask.width, height: mask.height, channels: 1 } as const;
  return channel(
    sharp(mask.keep, { raw }).resize(width, height, { fit: "fill", kernel: "nearest" }),
    "the mask",
  );
}

/** Encodes a mask as PNG: alpha 0 to edit, 255 to keep, nothing between. */
export async function encodeMask(mask: MaskPixels): Promise<Uint8Array<ArrayBuffer>> {
  const pixels = new Uint8Array(mask.keep.length * 4);
  for (let at = 0; at < mask.keep.length; at++) pixels[at * 4 + 3] = mask.keep[at] ?? 0;
  const raw = { width: mask.width, height: mask.height, channels: 4 } as const;
  const png = await sharp(pixels, { raw }).png({ compressionLevel: 9 }).toBuffer();
  return new Uint8Array(png);
}
