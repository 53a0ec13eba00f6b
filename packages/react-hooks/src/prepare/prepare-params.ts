import { ConfigurationError } from "@retouch/client/browser";
import { createBitmap } from "../mask/bitmap.ts";
import { encodeMask } from "../mask/encode-mask.ts";
import { toBlob } from "../session/to-blob.ts";
import type { CompleteParams } from "../transport/edit-transport.ts";
import { drawAt, readPixels } from "./canvas.ts";
import { type PrepareOptions, type PrepareReport, prepareImage } from "./prepare-image.ts";

/** Prepares every image of an edit, and scales the mask with the first one. */
export async function prepareParams(
  params: CompleteParams,
  options: PrepareOptions,
  signal: AbortSignal,
): Promise<{ readonly params: CompleteParams; readonly reports: readonly PrepareReport[] }> {
  checkPrepareOptions(options);
  const { image, mask } = params;
  const isList = Array.isArray(image);
  const given: readonly unknown[] = isList ? image : image === undefined ? [] : [image];
  const images: unknown[] = [];
  const reports: PrepareReport[] = [];
  // One after another: several large images decoded concurrently can exhaust the memory of a phone.
  for (const [index, source] of given.entries()) {
    signal.throwIfAborted();
    const field = isList ? `image[${index}]` : "image";
    const blob = toBlob(source);
    if (blob === undefined) {
      images.push(source);
      continue;
    }
    const prepared = await prepareImage(blob, options, { field, upright: mask !== undefined && index === 0 });
    images.push(prepared.report.changed ? prepared.blob : source);
    reports.push(prepared.report);
  }
  const [first] = reports;
  const scaledMask = await scaleMask(toBlob(mask), first);
  return {
    params: {
      ...params,
      ...(given.length > 0 && { image: isList ? images : images[0] }),
      ...(scaledMask !== undefined && { mask: scaledMask.blob }),
    },
    reports: scaledMask === undefined ? reports : [...reports, scaledMask.report],
  };
}

/** Scales a mask that matched the original image. A mask of another size is left for preflight to reject. */
async function scaleMask(
  mask: Blob | undefined,
  report: PrepareReport | undefined,
): Promise<{ blob: Blob; report: PrepareReport } | undefined> {
  if (mask === undefined || report?.before === undefined || report.after === undefined) return undefined;
  const { before, after } = report;
  if (before.width === after.width && before.height === after.height) return undefined;
  const bitmap = await createImageBitmap(mask).catch(() => undefined);
  if (bitmap === undefined || bitmap.width !== before.width || bitmap.height !== before.height)
    return undefined;
  const { width, height } = after;
  const { data } = readPixels(drawAt(bitmap, { width, height }));
  bitmap.close();
  const scaled = createBitmap(width, height);
  // At least half transparent counts as marked: the edge stays in place.
  for (let at = 0; at < scaled.pixels.length; at += 1)
    scaled.pixels[at] = (data[4 * at + 3] ?? 255) < 128 ? 1 : 0;
  const blob = await encodeMask(scaled);
  if (blob === undefined) return undefined;
  return {
    blob,
    report: {
      field: "mask",
      changed: true,
      before: { width: before.width, height: before.height, bytes: mask.size, mediaType: mask.type },
      after: { width, height, bytes: blob.size, mediaType: blob.type },
      message: `Scaled with the image to ${width}x${height}.`,
    },
  };
}

/**
 * Checks the options first: an invalid one could shrink an image, which is then billed, to a single pixel.
 *
 * @throws ConfigurationError (`not-sent`)
 */
function checkPrepareOptions({ maxEdgePx, maxBytes, quality }: PrepareOptions): void {
  checkOption("maxEdgePx", maxEdgePx, 1, Number.POSITIVE_INFINITY);
  checkOption("maxBytes", maxBytes, 1, Number.POSITIVE_INFINITY);
  checkOption("quality", quality, 0, 1);
}

function checkOption(name: string, value: number | undefined, minimum: number, maximum: number): void {
  if (value === undefined || (typeof value === "number" && value >= minimum && value <= maximum)) return;
  const range =
    maximum === Number.POSITIVE_INFINITY ? `of at least ${minimum}` : `from ${minimum} to ${maximum}`;
  throw new ConfigurationError(`\`prepare.${name}\` is ${value}. It must be a number ${range}.`);
}
