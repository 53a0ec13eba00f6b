import sharp, { type Sharp } from "sharp";
import { usageError } from "../errors/cli-error.ts";

/** A rectangle in pixels. */
export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Parses `X,Y,W,H` for an image of a size.
 *
 * @throws CliError, exit code 2, if it is malformed or outside the image.
 */
export function parseRectangle(
  text: string,
  flag: string,
  size: { width: number; height: number },
): Rectangle {
  const parts = /^\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*$/.exec(text);
  if (parts === null) {
    throw usageError(
      `\`--${flag}\` is \`${text}\`. Give X,Y,W,H as integers in pixels, such as 100,80,400,300.`,
    );
  }
  const [x = 0, y = 0, width = 0, height = 0] = parts.slice(1).map(Number);
  if (width === 0 || height === 0)
    throw usageError(`\`--${flag}\` is \`${text}\`, which is empty. Give a width and height above 0.`);
  if (x + width > size.width || y + height > size.height) {
    throw usageError(
      `\`--${flag}\` is \`${text}\`, which extends outside the image of ${size.width}x${size.height}. ` +
        "Give a rectangle inside it.",
    );
  }
  return { x, y, width, height };
}

/** A mask with one byte per pixel: 0 to edit, 255 to keep. */
export interface MaskPixels {
  readonly width: number;
  readonly height: number;
  readonly keep: Uint8Array;
}

/** Creates a mask that keeps everything. */
export function keepAll(width: number, height: number): MaskPixels {
  return { width, height, keep: new Uint8Array(width * height).fill(255) };
}

/** Marks a rectangle as editable. */
export function editRectangle(mask: MaskPixels, { x, y, width, height }: Rectangle): void {
  for (let row = y; row < y + height; row++)
    mask.keep.fill(0, row * mask.width + x, row * mask.width + x + width);
}

/** Marks the ellipse inside a rectangle as editable. */
export function editEllipse(mask: MaskPixels, { x, y, width, height }: Rectangle): void {
  const centreY = y + height / 2;
  for (let row = y; row < y + height; row++) {
    const dy = (row + 0.5 - centreY) / (height / 2);
    const half = (width / 2) * Math.sqrt(Math.max(0, 1 - dy * dy));
    const from = Math.ceil(x + width / 2 - half - 0.5);
    const to = Math.floor(x + width / 2 + half - 0.5) + 1;
    if (to > from) mask.keep.fill(0, row * mask.width + from, row * mask.width + to);
  }
}

/** Inverts a mask in place. */
export function invertMask(mask: MaskPixels): void {
  for (let at = 0; at < mask.keep.length; at++) mask.keep[at] = 255 - (mask.keep[at] ?? 0);
}

/** Returns the number of editable pixels. */
export function editedPixels(mask: MaskPixels): number {
  let count = 0;
  for (const value of mask.keep) if (value === 0) count++;
  return count;
}

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
