import { createBitmap } from "../mask/bitmap.ts";
import { encodeMask } from "../mask/encode-mask.ts";
import type { CompleteParams } from "../transport/edit-transport.ts";
import { drawAt, readPixels } from "./canvas.ts";
import { checkPrepareOptions } from "./check-prepare-options.ts";
import { type PrepareOptions, type PrepareReport, prepareImage } from "./prepare-image.ts";

/** Prepares every picture of an edit, and fits the mask to what became of the first. */
export async function prepareParams(
  params: CompleteParams,
  options: PrepareOptions,
  signal: AbortSignal,
): Promise<{ readonly params: CompleteParams; readonly reports: readonly PrepareReport[] }> {
  checkPrepareOptions(options);
  const { image, mask } = params;
  const several = Array.isArray(image);
  const given: readonly unknown[] = several ? image : image === undefined ? [] : [image];
  const images: unknown[] = [];
  const reports: PrepareReport[] = [];
  // One after another: several large pictures decoded at once can exhaust a phone.
  for (const [index, picture] of given.entries()) {
    signal.throwIfAborted();
    const field = several ? `image[${index}]` : "image";
    const blob = asBlob(picture);
    if (blob === undefined) {
      images.push(picture);
      continue;
    }
    const prepared = await prepareImage(blob, options, { field, upright: mask !== undefined && index === 0 });
    images.push(prepared.report.changed ? prepared.blob : picture);
    reports.push(prepared.report);
  }
  const [first] = reports;
  const fitted = await fitMask(asBlob(mask), first);
  return {
    params: {
      ...params,
      ...(given.length > 0 && { image: several ? images : images[0] }),
      ...(fitted !== undefined && { mask: fitted.blob }),
    },
    reports: fitted === undefined ? reports : [...reports, fitted.report],
  };
}

/** Scales a mask that fitted the picture as it was; one of any other size is preflight's to refuse. */
async function fitMask(
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
  // Half transparent or more counts as marked: the edge stays where it was.
  for (let at = 0; at < scaled.cells.length; at += 1)
    scaled.cells[at] = (data[4 * at + 3] ?? 255) < 128 ? 1 : 0;
  const blob = await encodeMask(scaled);
  if (blob === undefined) return undefined;
  return {
    blob,
    report: {
      field: "mask",
      changed: true,
      before: { width: before.width, height: before.height, bytes: mask.size, mediaType: mask.type },
      after: { width, height, bytes: blob.size, mediaType: blob.type },
      message: `Scaled with the picture to ${width}x${height}.`,
    },
  };
}

function asBlob(picture: unknown): Blob | undefined {
  if (picture instanceof Blob) return picture;
  if (picture instanceof ArrayBuffer || ArrayBuffer.isView(picture)) return new Blob([picture as BlobPart]); // as just seen
  return undefined;
}
