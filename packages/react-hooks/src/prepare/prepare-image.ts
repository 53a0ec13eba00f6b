import type { Pause } from "@retouch/client/composite";
import { type Canvas, drawScaled, encodeCanvas, hasTransparency } from "./canvas.ts";
import { readOrientation } from "./read-orientation.ts";

/** Limits that images are shrunk to before they are sent. Nothing is ever enlarged. */
export interface PrepareOptions {
  /** The longest side in pixels: a larger image is scaled down to it. */
  readonly maxEdgePx?: number | undefined;
  /** The byte limit: a larger image is encoded again, an opaque one as JPEG, and scaled down until it fits. */
  readonly maxBytes?: number | undefined;
  /** Quality of JPEG and WebP from 0 to 1; 0.92 by default. */
  readonly quality?: number | undefined;
}

/** Size and format of an image. */
export interface ImageInfo {
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
  readonly mediaType: string;
}

/** What was done to an image, or why nothing was. */
export type PrepareCode =
  | "image_changed"
  | "mask_scaled"
  | "markup_scaled"
  | "image_within_limits"
  | "image_not_smaller"
  | "image_not_readable";

/** Report of what was done to one image. */
export interface PrepareReport {
  /** The parameter: `image`, `image[1]`, `mask` or `markup`. */
  readonly field: string;
  readonly changed: boolean;
  /** Stable: what `messages` of the session replaces the message by. */
  readonly code: PrepareCode;
  /** `undefined` for an image that this browser cannot read, which is sent unchanged. */
  readonly before: ImageInfo | undefined;
  readonly after: ImageInfo | undefined;
  /** The same as text, for the page: `Scaled from 6000x4000 to 2048x1365. Encoded as image/jpeg: 9.1 MB became 0.8 MB.` */
  readonly message: string;
}

/** Image that is ready to be sent. */
export interface PreparedImage {
  readonly blob: Blob;
  readonly report: PrepareReport;
}

/**
 * Scales and encodes an image as far as the options require. Applies its EXIF orientation and keeps its transparency.
 * An image within the limits is returned byte for byte, unless it must be `upright` to match a painted mask.
 */
export async function prepareImage(
  blob: Blob,
  {
    maxEdgePx = Number.POSITIVE_INFINITY,
    maxBytes = Number.POSITIVE_INFINITY,
    quality = 0.92,
  }: PrepareOptions,
  { field, upright }: { readonly field: string; readonly upright: boolean },
  pause?: Pause,
): Promise<PreparedImage> {
  const bitmap = await createImageBitmap(blob, { imageOrientation: "from-image" }).catch(() => undefined);
  if (bitmap === undefined)
    return unchanged(
      blob,
      { field, before: undefined, code: "image_not_readable" },
      "This browser cannot read it: sent unchanged.",
    );
  try {
    const before = infoOf(blob, bitmap);
    const scale = Math.min(1, maxEdgePx / Math.max(bitmap.width, bitmap.height));
    const isRotated = upright && (await readOrientation(blob)) !== 1;
    if (scale === 1 && blob.size <= maxBytes && !isRotated)
      return unchanged(
        blob,
        { field, before, code: "image_within_limits" },
        "Within the limits: sent unchanged.",
      );
    const fitted = await encodeToFit(bitmap, { scale, maxBytes, quality, mediaType: blob.type }, pause);
    if (scale === 1 && !isRotated && fitted.blob.size >= blob.size)
      return unchanged(
        blob,
        { field, before, code: "image_not_smaller" },
        "Encoding it again would not make it smaller: sent unchanged.",
      );
    const after = infoOf(fitted.blob, fitted);
    return {
      blob: fitted.blob,
      report: {
        field,
        changed: true,
        code: "image_changed",
        before,
        after,
        message: describeChange(before, after, isRotated),
      },
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

/** Encodes smaller and smaller until the bytes fit: first by format and quality, then by size. */
async function encodeToFit(
  bitmap: ImageBitmap,
  { scale, maxBytes, quality, mediaType }: Target,
  pause: Pause | undefined,
): Promise<Fitted> {
  let smallest: Fitted | undefined;
  for (let step = 0; step < 12; step += 1) {
    const factor = scale * 0.8 ** step;
    const canvas = drawScaled(bitmap, factor);
    const { width, height } = canvas;
    for (const [type, q] of await encodings(canvas, { mediaType, quality, maxBytes }, pause)) {
      const blob = await encodeCanvas(canvas, type, q);
      if (smallest === undefined || blob.size < smallest.blob.size) smallest = { blob, width, height };
      if (blob.size <= maxBytes) return { blob, width, height };
    }
  }
  if (smallest === undefined) throw new Error("The image could not be encoded.");
  return smallest;
}

type Encoding = readonly [mediaType: string, quality: number];

/** Returns the encodings to try. Only an opaque image may become JPEG, and only to fit a byte limit. */
async function encodings(
  canvas: Canvas,
  { mediaType, quality, maxBytes }: Omit<Target, "scale">,
  pause: Pause | undefined,
): Promise<readonly Encoding[]> {
  const original: Encoding = [
    mediaType === "image/jpeg" || mediaType === "image/webp" ? mediaType : "image/png",
    quality,
  ];
  if (
    maxBytes === Number.POSITIVE_INFINITY ||
    (mediaType !== "image/jpeg" && (await hasTransparency(canvas, pause)))
  )
    return [original];
  return [original, ["image/jpeg", quality], ["image/jpeg", Math.min(quality, 0.8)]];
}

function unchanged(
  blob: Blob,
  report: Pick<PrepareReport, "field" | "before" | "code">,
  message: string,
): PreparedImage {
  return { blob, report: { ...report, changed: false, after: report.before, message } };
}

function infoOf({ size, type }: Blob, { width, height }: { width: number; height: number }): ImageInfo {
  return { width, height, bytes: size, mediaType: type };
}

function describeChange(before: ImageInfo, after: ImageInfo, isRotated: boolean): string {
  const sentences: string[] = [];
  if (isRotated) sentences.push("Rotated upright.");
  if (before.width !== after.width || before.height !== after.height)
    sentences.push(`Scaled from ${before.width}x${before.height} to ${after.width}x${after.height}.`);
  sentences.push(
    `Encoded as ${after.mediaType}: ${megabytes(before.bytes)} became ${megabytes(after.bytes)}.`,
  );
  return sentences.join(" ");
}

function megabytes(bytes: number): string {
  return bytes < 1_048_576 ? `${Math.ceil(bytes / 1024)} kB` : `${(bytes / 1_048_576).toFixed(1)} MB`;
}
