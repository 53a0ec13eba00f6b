import type { Problem } from "../errors/errors.ts";
import type { Report } from "../errors/problem-messages.ts";
import type { ImageInfo, MaskInfo } from "../media/image-info.ts";
import type { FileRule, ImageRule, MaskRule, ModelLimits } from "../models/limit-types.ts";

/** What is known about one image to send. */
export interface CheckedImage extends ImageInfo {
  /** `image`, `image[1]`, `mask`, `markup` or `extra.NAME`. */
  readonly field: string;
  readonly byteLength: number;
}

/** What is known about a file beside the images and the mask. */
export interface FileInfo extends CheckedImage {
  /** Of a PNG: what its pixels say. */
  readonly alpha?: MaskInfo | undefined;
}

/** What is known about all images of one edit. */
export interface EditInputs {
  readonly images: readonly CheckedImage[];
  /** The first image is not among `images`: it could not be opened, or only the server can. No mask is compared with it. */
  readonly isFirstUnknown?: boolean | undefined;
  readonly mask?: CheckedImage | undefined;
  /** Of a PNG mask: what its pixels say. */
  readonly alpha?: MaskInfo | undefined;
  /** The other file fields of the spec, by name. */
  readonly files?: Readonly<Record<string, FileInfo>> | undefined;
  /** About inputs that could not be opened. */
  readonly unreadable: readonly Problem[];
  /** How many images were given, those that could not be opened included. */
  readonly imageCount: number;
}

const notImages = /^(unknown|pdf|zip|gzip|html|xml|json|mp4)$/;

/** Checks the images by their number, and each by its headers. */
export function checkImages({ images, imageCount }: EditInputs, limits: ModelLimits, report: Report): void {
  for (const rule of limits.image) {
    const { minCount = 0, maxCount = imageCount } = rule;
    if (imageCount < minCount) report(rule.severity, "image", "missing", { expected: "image" });
    else if (imageCount > maxCount)
      report(rule.severity, "image", "too_many", { count: imageCount, maxCount });
    for (const image of images) if (!isBroken(image)) checkImage(image, rule, report);
  }
  for (const image of images) {
    reportBroken(image, limits.image, report);
    reportNotes(image, report);
  }
}

/** Warns about what some servers reject although viewers open it. */
function reportNotes(image: CheckedImage, report: Report): void {
  if (isBroken(image)) return;
  for (const note of image.notes ?? []) report("warning", image.field, note, {});
}

function isBroken({ problem, format }: CheckedImage): boolean {
  return problem !== undefined || notImages.test(format);
}

function reportBroken(
  image: CheckedImage,
  rules: readonly (ImageRule | MaskRule | FileRule)[],
  report: Report,
): void {
  if (!isBroken(image)) return;
  const { field, format, problem: defect } = image;
  const mediaTypes = rules.find((rule) => rule.mediaTypes)?.mediaTypes ?? [];
  report("error", field, "invalid_image", { defect, format, mediaTypes });
}

function checkImage(image: CheckedImage, rule: ImageRule, report: Report): void {
  const { severity } = rule;
  const { field, widthPx: width, heightPx: height } = image;
  checkFile(image, rule, report);
  if (rule.square && width !== undefined && height !== undefined && width !== height)
    report(severity, field, "not_square", { width, height });
}

function checkFile(
  { field, format, mediaType, byteLength }: CheckedImage,
  { severity, mediaTypes, belowBytes }: ImageRule | MaskRule | FileRule,
  report: Report,
): void {
  if (mediaTypes && !mediaTypes.includes(mediaType))
    report(severity, field, "wrong_format", { format, mediaTypes });
  if (belowBytes !== undefined && byteLength >= belowBytes)
    report(severity, field, "too_large", { byteLength, belowBytes });
}

/** Checks the mask against the first image, and its alpha. */
export function checkMask(inputs: EditInputs, rules: readonly MaskRule[], report: Report): void {
  const { mask, alpha } = inputs;
  const first = firstImage(inputs);
  if (!mask) return;
  reportBroken(mask, rules, report);
  reportNotes(mask, report);
  if (isBroken(mask)) return;
  for (const rule of rules) {
    const { severity } = rule;
    checkFile(mask, rule, report);
    const actual = `${mask.widthPx}x${mask.heightPx}`;
    const expected = `${first?.widthPx}x${first?.heightPx}`;
    if (
      rule.sizeOfFirstImage &&
      first?.widthPx !== undefined &&
      mask.widthPx !== undefined &&
      actual !== expected
    ) {
      // Painted over the image as shown: of that size, but of a grid that no server sees.
      const isRotated = first.orientation >= 5 && actual === `${first.heightPx}x${first.widthPx}`;
      const orientation = isRotated ? first.orientation : undefined;
      report(severity, "mask", "wrong_size", { actual, expected, purpose: "mask", orientation, isRotated });
    }
    if (rule.transparentPixel && alpha)
      checkAlpha(mask, alpha, severity, "mask", alpha.transparentPixels === "none", report);
  }
  if (alpha?.softAlpha) report("warning", "mask", "soft_alpha", {});
  if (first && first.orientation > 1) report("warning", first.field, "rotated", {});
}

function firstImage({ images: [first], isFirstUnknown }: EditInputs): CheckedImage | undefined {
  return isFirstUnknown ? undefined : first;
}

function checkAlpha(
  { field, format }: CheckedImage,
  { problem: defect, hasAlpha }: MaskInfo,
  severity: Problem["severity"],
  purpose: "mask" | "notes",
  isOpaque: boolean,
  report: Report,
): void {
  if (defect !== undefined) report(severity, field, "invalid_image", { defect, format, mediaTypes: [] });
  else if (!hasAlpha) report(severity, field, "no_alpha", { purpose });
  else if (isOpaque) report(severity, field, "opaque", { purpose });
}

/** Checks a file beside the mask, such as `markup`, against the first image as it is shown, and its alpha. */
export function checkFileField(
  file: FileInfo,
  rules: readonly FileRule[],
  inputs: EditInputs,
  report: Report,
): void {
  const { field, widthPx, heightPx, alpha } = file;
  const first = firstImage(inputs);
  reportBroken(file, rules, report);
  reportNotes(file, report);
  if (isBroken(file)) return;
  for (const rule of rules) {
    const { severity } = rule;
    checkFile(file, rule, report);
    if (rule.sizeOfUprightFirstImage && first?.widthPx !== undefined && widthPx !== undefined) {
      const isRotated = first.orientation >= 5;
      const expected = isRotated
        ? `${first.heightPx}x${first.widthPx}`
        : `${first.widthPx}x${first.heightPx}`;
      const actual = `${widthPx}x${heightPx}`;
      const orientation = isRotated ? first.orientation : undefined;
      if (actual !== expected)
        report(severity, field, "wrong_size", { actual, expected, purpose: "notes", orientation });
    }
    if (!rule.someTransparency || !alpha) continue;
    const isOpaque = alpha.transparentPixels === "none" && !alpha.softAlpha;
    checkAlpha(file, alpha, severity, "notes", isOpaque, report);
  }
}
