import type { RetouchCode } from "../errors/codes.ts";
import type { Problem } from "../errors/errors.ts";
import type { ImageFacts, MaskFacts } from "../media/facts.ts";
import type { FileRule, ImageRule, MaskRule, ModelLimits } from "../models/limit-types.ts";
import { joinOr } from "./check-field.ts";

/** What is known about one picture to send. */
export interface ImageInfo extends ImageFacts {
  /** `image`, `image[1]`, `mask`, `markup` or `extra.NAME`. */
  readonly field: string;
  readonly byteLength: number;
}

/** What is known about a file beside the images and the mask. */
export interface FileInfo extends ImageInfo {
  /** Of a PNG: what its pixels say. */
  readonly alpha?: MaskFacts | undefined;
}

/** What is known about all pictures of one edit. */
export interface EditInputs {
  readonly images: readonly ImageInfo[];
  readonly mask?: ImageInfo | undefined;
  /** Of a PNG mask: what its pixels say. */
  readonly alpha?: MaskFacts | undefined;
  /** The other file fields of the spec, by name. */
  readonly files?: Readonly<Record<string, FileInfo>> | undefined;
  /** About inputs that could not be opened. */
  readonly unreadable: readonly Problem[];
  /** How many pictures were given, those that could not be opened included. */
  readonly imageCount: number;
}

type Report = (severity: Problem["severity"], field: string, code: RetouchCode, message: string) => void;

const isNoImage = /^(unknown|pdf|zip|gzip|html|xml|json|mp4)$/;

/** Checks the pictures by their number, and each by its headers. */
export function checkImages({ images, imageCount }: EditInputs, limits: ModelLimits, report: Report): void {
  for (const rule of limits.image) {
    const { minCount = 0, maxCount = imageCount } = rule;
    if (imageCount < minCount)
      report(rule.severity, "image", "missing", "is missing. Give a picture to edit.");
    else if (imageCount > maxCount) {
      report(rule.severity, "image", "too_many", `has ${imageCount} pictures. Give at most ${maxCount}.`);
    }
    for (const image of images) if (!isBroken(image)) checkImage(image, rule, report);
  }
  for (const image of images) {
    reportBroken(image, limits.image, report);
    reportNotes(image, report);
  }
}

const notes = {
  missing_end:
    "is missing its last bytes, although all of its pixels are there. Some servers reject it. Save it again.",
  cmyk: "is CMYK, which some servers reject. Convert it to RGB.",
  multiple_images:
    "contains more than one image (MPO), such as a gain map. Some servers reject it. Save it as a plain JPEG.",
} as const;

function reportNotes(image: ImageInfo, report: Report): void {
  if (isBroken(image)) return;
  for (const note of image.notes ?? []) report("warning", image.field, note, notes[note]);
}

function isBroken({ problem, format }: ImageInfo): boolean {
  return problem !== undefined || isNoImage.test(format);
}

function reportBroken(
  image: ImageInfo,
  rules: readonly (ImageRule | MaskRule | FileRule)[],
  report: Report,
): void {
  if (!isBroken(image)) return;
  const accepted = `Give ${formatsOf(rules.find((rule) => rule.mediaTypes)?.mediaTypes ?? [])}.`;
  const seen =
    image.problem ?? (image.format === "unknown" ? "is no picture" : `is ${nameOf(image)}, not a picture`);
  report("error", image.field, "invalid_image", `${seen}. ${accepted}`);
}

function checkImage(image: ImageInfo, rule: ImageRule, report: Report): void {
  const { severity } = rule;
  const { field, widthPx, heightPx } = image;
  checkFile(image, rule, report);
  if (rule.square && widthPx !== heightPx) {
    report(severity, field, "not_square", `is ${widthPx}x${heightPx}. Crop or pad it to a square.`);
  }
}

function checkFile(
  image: ImageInfo,
  { severity, mediaTypes, belowBytes }: ImageRule | MaskRule | FileRule,
  report: Report,
): void {
  const { field, mediaType, byteLength } = image;
  if (mediaTypes && !mediaTypes.includes(mediaType)) {
    report(severity, field, "wrong_format", `is ${nameOf(image)}. Convert it to ${formatsOf(mediaTypes)}.`);
  }
  if (belowBytes !== undefined && byteLength >= belowBytes) {
    report(
      severity,
      field,
      "too_large",
      `has ${inMegabytes(byteLength)}. Make it smaller than ${inMegabytes(belowBytes)}.`,
    );
  }
}

/** Checks the mask against the first picture, and its alpha. */
export function checkMask(
  { mask, alpha, images: [first] }: EditInputs,
  rules: readonly MaskRule[],
  report: Report,
): void {
  if (!mask) return;
  reportBroken(mask, rules, report);
  reportNotes(mask, report);
  if (isBroken(mask)) return;
  for (const rule of rules) {
    const { severity } = rule;
    checkFile(mask, rule, report);
    const size = `${mask.widthPx}x${mask.heightPx}`;
    const wanted = `${first?.widthPx}x${first?.heightPx}`;
    if (
      rule.sizeOfFirstImage &&
      first?.widthPx !== undefined &&
      mask.widthPx !== undefined &&
      size !== wanted
    ) {
      // Painted over the picture as it is shown: of that size, but of a grid that no server sees.
      const isTurned = first.orientation >= 5 && size === `${first.heightPx}x${first.widthPx}`;
      report(
        severity,
        "mask",
        "wrong_size",
        isTurned
          ? `is ${size}, as the first image is shown, but its file holds it turned, as ${wanted} (EXIF orientation ${first.orientation}). Save that image upright.`
          : `is ${size} but the first image is ${wanted}. Give a mask of ${wanted}.`,
      );
    }
    if (!rule.transparentPixel || !alpha) continue;
    const hint = "Make the pixels to edit fully transparent (alpha 0).";
    if (alpha.problem !== undefined)
      report(severity, "mask", "invalid_image", `${alpha.problem}. Save it again as PNG.`);
    else if (!alpha.hasAlpha) report(severity, "mask", "no_alpha", `has no alpha channel. ${hint}`);
    else if (alpha.transparentPixels === "none")
      report(severity, "mask", "opaque", `has no fully transparent pixel. ${hint}`);
  }
  if (alpha?.softAlpha) {
    report(
      "warning",
      "mask",
      "soft_alpha",
      "has half-transparent pixels, which servers read either way. Use alpha 0 and 255 only.",
    );
  }
  if (first && first.orientation > 1) {
    report(
      "warning",
      first.field,
      "rotated",
      "is stored rotated (EXIF) and the mask may not lie as it is shown. Save it upright.",
    );
  }
}

/** Checks a file beside the mask, such as `markup`, against the first image as it is shown, and its alpha. */
export function checkFileField(
  file: FileInfo,
  rules: readonly FileRule[],
  { images: [first] }: EditInputs,
  report: Report,
): void {
  const { field, widthPx, heightPx, alpha } = file;
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
      const shown = isRotated ? ` when upright (EXIF orientation ${first.orientation})` : "";
      if (`${widthPx}x${heightPx}` !== expected) {
        const message = `is ${widthPx}x${heightPx} but the first image is ${expected}${shown}. Give one of ${expected}.`;
        report(severity, field, "wrong_size", message);
      }
    }
    if (!rule.someTransparency || !alpha) continue;
    const hint = "Make everything but the notes transparent.";
    if (alpha.problem !== undefined)
      report(severity, field, "invalid_image", `${alpha.problem}. Save it again as PNG.`);
    else if (!alpha.hasAlpha) report(severity, field, "no_alpha", `has no alpha channel. ${hint}`);
    else if (alpha.transparentPixels === "none" && !alpha.softAlpha)
      report(severity, field, "opaque", `has no transparent pixel. ${hint}`);
  }
}

function nameOf({ format }: ImageInfo): string {
  return format === "webp" ? "WebP" : format.toUpperCase();
}

function formatsOf(mediaTypes: readonly string[]): string {
  return joinOr(mediaTypes.map((type) => type.replace("image/", "").toUpperCase())).replaceAll("`", "");
}

/** 1 MB is 1,048,576 bytes; what is just over a limit does not print like the limit. */
function inMegabytes(bytes: number): string {
  const megabytes = bytes / 1_048_576;
  return Number.isInteger(megabytes)
    ? `${megabytes} MB`
    : `${(Math.ceil(megabytes * 100) / 100).toFixed(2)} MB`;
}
