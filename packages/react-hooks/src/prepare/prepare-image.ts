import { drawScaled, encodeCanvas, hasTransparency } from "./canvas.ts";
import { readOrientation } from "./read-orientation.ts";

/** Configures what happens to pictures before they are sent. Nothing is ever made larger. */
export interface PrepareOptions {
  /** The longest side in pixels: a larger picture is scaled down to it. */
  readonly maxEdgePx?: number | undefined;
  /** The most bytes: a heavier picture is encoded again, an opaque one as JPEG, and scaled down until it fits. */
  readonly maxBytes?: number | undefined;
  /** Quality of JPEG and WebP from 0 to 1; 0.92 by default. */
  readonly quality?: number | undefined;
}

/** Is what a picture was, or became. */
export interface PictureFacts {
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
  readonly mediaType: string;
}

/** Says what was done to one picture. */
export interface PrepareReport {
  /** The parameter: `image`, `image[1]` or `mask`. */
  readonly field: string;
  readonly changed: boolean;
  /** `undefined` for a picture that this browser can not read; it is sent as it is. */
  readonly before: PictureFacts | undefined;
  readonly after: PictureFacts | undefined;
  /** The same in words, for the page: `Scaled from 6000x4000 to 2048x1365. Encoded as image/jpeg: 9.1 MB became 0.8 MB.` */
  readonly message: string;
}

/** Holds a picture fit to be sent. */
export interface PreparedImage {
  readonly blob: Blob;
  readonly report: PrepareReport;
}

/**
 * Scales and encodes a picture as far as the options ask, upright as its EXIF orientation says, with its transparency.
 * A picture within the limits is left byte for byte alone, unless it has to stand `upright` to fit a painted mask.
 */
export async function prepareImage(
  blob: Blob,
  {
    maxEdgePx = Number.POSITIVE_INFINITY,
    maxBytes = Number.POSITIVE_INFINITY,
    quality = 0.92,
  }: PrepareOptions,
  { field, upright }: { readonly field: string; readonly upright: boolean },
): Promise<PreparedImage> {
  const bitmap = await createImageBitmap(blob, { imageOrientation: "from-image" }).catch(() => undefined);
  if (bitmap === undefined)
    return untouched(blob, field, undefined, "This browser can not read it: sent as it is.");
  try {
    const before = factsOf(blob, bitmap);
    const scale = Math.min(1, maxEdgePx / Math.max(bitmap.width, bitmap.height));
    const turned = upright && (await readOrientation(blob)) !== 1;
    if (scale === 1 && blob.size <= maxBytes && !turned)
      return untouched(blob, field, before, "Within the limits: sent as it is.");
    const fitted = await fit(bitmap, { scale, maxBytes, quality, mediaType: blob.type });
    if (scale === 1 && !turned && fitted.blob.size >= blob.size)
      return untouched(blob, field, before, "Encoding it again would not make it smaller: sent as it is.");
    const after = factsOf(fitted.blob, fitted);
    return {
      blob: fitted.blob,
      report: { field, changed: true, before, after, message: tell(before, after, turned) },
    };
  } finally {
    bitmap.close();
  }
}

interface Fitted {
  readonly blob: Blob;
  readonly width: number;
  readonly height: number;
}

interface Target {
  readonly scale: number;
  readonly maxBytes: number;
  readonly quality: number;
  readonly mediaType: string;
}

/** Encodes ever smaller until the bytes fit: first by format and quality, then by size. */
async function fit(bitmap: ImageBitmap, { scale, maxBytes, quality, mediaType }: Target): Promise<Fitted> {
  let smallest: Fitted | undefined;
  for (let step = 0; step < 12; step += 1) {
    const factor = scale * 0.8 ** step;
    const canvas = drawScaled(bitmap, factor);
    const { width, height } = canvas;
    for (const [type, q] of encodings(canvas, mediaType, quality, maxBytes)) {
      const blob = await encodeCanvas(canvas, type, q);
      if (smallest === undefined || blob.size < smallest.blob.size) smallest = { blob, width, height };
      if (blob.size <= maxBytes) return { blob, width, height };
    }
  }
  if (smallest === undefined) throw new Error("The picture could not be encoded.");
  return smallest;
}

type Encoding = readonly [mediaType: string, quality: number];

/** A picture keeps its format. Only one without transparency may become JPEG, and only to fit a byte limit. */
function encodings(
  canvas: HTMLCanvasElement,
  mediaType: string,
  quality: number,
  maxBytes: number,
): readonly Encoding[] {
  const own: Encoding = [
    mediaType === "image/jpeg" || mediaType === "image/webp" ? mediaType : "image/png",
    quality,
  ];
  if (maxBytes === Number.POSITIVE_INFINITY || (mediaType !== "image/jpeg" && hasTransparency(canvas)))
    return [own];
  return [own, ["image/jpeg", quality], ["image/jpeg", Math.min(quality, 0.8)]];
}

function untouched(
  blob: Blob,
  field: string,
  before: PictureFacts | undefined,
  message: string,
): PreparedImage {
  return { blob, report: { field, changed: false, before, after: before, message } };
}

function factsOf({ size, type }: Blob, { width, height }: { width: number; height: number }): PictureFacts {
  return { width, height, bytes: size, mediaType: type };
}

function tell(before: PictureFacts, after: PictureFacts, turned: boolean): string {
  const words: string[] = [];
  if (turned) words.push("Turned upright.");
  if (before.width !== after.width || before.height !== after.height)
    words.push(`Scaled from ${before.width}x${before.height} to ${after.width}x${after.height}.`);
  words.push(`Encoded as ${after.mediaType}: ${megabytes(before.bytes)} became ${megabytes(after.bytes)}.`);
  return words.join(" ");
}

function megabytes(bytes: number): string {
  return bytes < 1_048_576 ? `${Math.ceil(bytes / 1024)} kB` : `${(bytes / 1_048_576).toFixed(1)} MB`;
}
