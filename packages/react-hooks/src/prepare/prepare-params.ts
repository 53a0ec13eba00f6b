import { ConfigurationError } from "@retouch/client/browser";
import { toBlob } from "../session/to-blob.ts";
import type { CompleteParams } from "../transport/edit-transport.ts";
import { runTaskUntil } from "../worker/run-task.ts";
import type { PrepareOptions, PrepareReport } from "./prepare-image.ts";

/** Prepares every image of an edit, and scales the mask and the markup with the first one. */
export async function prepareParams(
  params: CompleteParams,
  options: PrepareOptions,
  signal: AbortSignal,
): Promise<{ readonly params: CompleteParams; readonly reports: readonly PrepareReport[] }> {
  checkPrepareOptions(options);
  const { image, mask, markup } = params;
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
    const upright = mask !== undefined && index === 0;
    const prepared = await runTaskUntil(signal, "prepareImage", blob, { ...options }, { field, upright });
    images.push(prepared.report.changed ? prepared.blob : source);
    reports.push(prepared.report);
  }
  const [first] = reports;
  const scaled = {
    mask: await scaleWith(first, { field: "mask", blob: toBlob(mask) }, signal),
    markup: await scaleWith(first, { field: "markup", blob: toBlob(markup) }, signal),
  };
  return {
    params: {
      ...params,
      ...(given.length > 0 && { image: isList ? images : images[0] }),
      ...(scaled.mask !== undefined && { mask: scaled.mask.blob }),
      ...(scaled.markup !== undefined && { markup: scaled.markup.blob }),
    },
    reports: [...reports, ...[scaled.mask, scaled.markup].flatMap((one) => one?.report ?? [])],
  };
}

/** Scales a mask or a markup like the image. One of another size is left for preflight to reject. */
async function scaleWith(
  report: PrepareReport | undefined,
  { field, blob }: { readonly field: "mask" | "markup"; readonly blob: Blob | undefined },
  signal: AbortSignal,
) {
  if (blob === undefined || report?.before === undefined || report.after === undefined) return undefined;
  const { before, after } = report;
  if (before.width === after.width && before.height === after.height) return undefined;
  return field === "mask"
    ? runTaskUntil(signal, "scaleMask", { mask: blob, before, after })
    : runTaskUntil(signal, "scaleMarkup", { markup: blob, before, after });
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
