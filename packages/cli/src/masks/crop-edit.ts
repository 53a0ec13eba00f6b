import { cropMask, modelSizes, type PixelBox, planCrop, resamplePixels } from "@retouch/client/composite";
import { limitsOf } from "@retouch/client/node";
import sharp from "sharp";
import { usageError } from "../errors/cli-error.ts";
import { decodeMask, decodeUpright } from "./decode-upright.ts";
import { encodeMask, type ImageSource } from "./mask-pixels.ts";

/** The part of an image that is sent, and what its result is pasted into. */
export interface CropRecord {
  readonly original: ImageSource;
  readonly mask: ImageSource;
  /** The size that was asked for, if there is one. */
  readonly size: unknown;
  /** The part in pixels of the upright original; it may extend beyond it. */
  readonly box: PixelBox;
}

/** A crop around a mask, ready to be sent. */
interface Crop {
  readonly image: Uint8Array<ArrayBuffer>;
  readonly mask: Uint8Array<ArrayBuffer>;
  readonly size: string | undefined;
  readonly record: CropRecord;
}

/**
 * Crops an image to the surroundings of its mask, in a size that the model can make.
 *
 * @throws CliError, exit code 2, if the image or the mask cannot be read, or nothing is masked.
 */
export async function cropEdit(
  original: ImageSource,
  mask: ImageSource,
  {
    label,
    maskLabel = "`--mask`",
    model,
    size,
  }: { label: string; maskLabel?: string; model: string | undefined; size: unknown },
): Promise<Crop> {
  const source = await decodeUpright(original).catch((error: unknown) => {
    throw usageError(`${label} is not a readable image. Give a PNG, JPEG or WebP.`, [], error);
  });
  const plane = await decodeMask(mask, source).catch((error: unknown) => {
    throw usageError(`${maskLabel} is not a readable image. Give a PNG.`, [], error);
  });
  const sizes = modelSizes(model);
  const asked = size === "match-input" ? undefined : size;
  const plan = planCrop(plane, { sizes, size: asked === undefined ? undefined : String(asked) });
  if (plan === undefined) {
    throw usageError("The mask edits nothing: no pixel is transparent. Mark an area, or remove `--crop`.");
  }
  const { sent, box } = plan;
  const { data } = await resamplePixels(source, box, sent);
  const pixels = () => sharp(data, { raw: { ...sent, channels: 4 } });
  const png = new Uint8Array(await pixels().png().toBuffer());
  const image = isTooLarge(png, model)
    ? new Uint8Array(await pixels().flatten({ background: "#fff" }).jpeg({ quality: 95 }).toBuffer())
    : png;
  const cropped = cropMask(plane, plan);
  const sentMask = await encodeMask({ ...sent, keep: Uint8Array.from(cropped.alpha) });
  return { image, mask: sentMask, size: plan.size, record: { original, mask, size: asked, box } };
}

function isTooLarge(png: Uint8Array, model: string | undefined): boolean {
  const rules = limitsOf(model).image;
  return rules.some(
    ({ belowBytes, severity }) => severity === "error" && png.length >= (belowBytes ?? Infinity),
  );
}
