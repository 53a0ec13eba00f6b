import {
  type FamilyFacts,
  type FileFacts,
  familyOf,
  fieldNames,
  fileFields,
  imageMediaTypes,
  type SizeRule,
} from "../generated/spec.gen.ts";
import type { EditImage } from "../render/edit-job.ts";
import { checkFields } from "./check-fields.ts";
import { fieldError } from "./error-table.ts";
import { inspectImage } from "./inspect-image.ts";
import type { FormPart } from "./parse-multipart.ts";
import { partText } from "./read-form.ts";

/** A request that breaks no rule of its model. */
export interface ValidRequest {
  model: string | undefined;
  /** Text fields as they were sent. */
  fields: Record<string, string>;
  images: EditImage[];
  mask?: EditImage;
  /** The files of other fields that must have some transparency, which only decoding shows. */
  needsTransparency: readonly { readonly param: string; readonly image: EditImage }[];
  /** Whether the mask must have a fully transparent pixel, which only decoding shows. */
  needsTransparentPixel: boolean;
  /** Sizes that the documentation of the model lists. */
  modelSizes: readonly string[];
  /** The rule for its free sizes. */
  sizeRule?: SizeRule;
}

/**
 * Checks a form as the vendor does: repeated fields, each text field against the schema of its model, then the images.
 * The order of the parts does not matter.
 *
 * @throws ApiError for the first broken rule.
 */
export function validateRequest(parts: readonly FormPart[]): ValidRequest {
  const fields = readFields(parts);
  const model = fields["model"];
  const files = parts.filter((part) => part.filename !== undefined).map(({ name }) => name);
  checkFields(model, fields, files);
  const rules = familyOf(model);
  const images = readImages(parts, rules.image);
  const masks = parts.filter((part) => part.name === "mask");
  const mask = masks[0] && readImage(masks[0], "mask", rules.mask);
  if (mask && images[0] && rules.mask.sizeOfFirstImage) checkMaskSize(mask, images[0]);
  const others = parts.filter(({ name }) => name !== "mask" && fileFields.includes(name));
  const needsTransparency = others.flatMap((part) => {
    const limits = rules.files[part.name];
    // A field without limits is one that the model does not know: it is ignored, whatever it holds.
    if (!limits) return [];
    const image = readImage(part, part.name, limits);
    if (images[0] && limits.sizeOfUprightFirstImage) checkUprightSize(part.name, image, images[0]);
    return limits.someTransparency ? [{ param: part.name, image }] : [];
  });
  return {
    model,
    fields,
    images,
    needsTransparency,
    ...(mask ? { mask } : {}),
    needsTransparentPixel: rules.mask.transparentPixel ?? false,
    modelSizes: rules.sizes,
    ...(rules.sizeRule ? { sizeRule: rules.sizeRule } : {}),
  };
}

function readFields(parts: readonly FormPart[]): Record<string, string> {
  const fields: Record<string, string> = {};
  const seen = new Set<string>();
  for (const part of parts) {
    const { name } = part;
    const isImage = name === "image" || name === "image[]";
    if (seen.has(name) && name !== "image[]") {
      throw fieldError(isImage ? "duplicateImage" : "duplicate", name);
    }
    seen.add(name);
    const isFile = part.filename !== undefined;
    if (isImage || fileFields.includes(name)) {
      if (isFile) continue;
      throw fieldError("textForFile", isImage ? "image" : name);
    }
    if (isFile) {
      // Unknown fields are ignored, files among them.
      if (!fieldNames.includes(name)) continue;
      throw fieldError("fileForText", name);
    }
    fields[name] = partText(part);
  }
  if (seen.has("image") && seen.has("image[]")) {
    throw fieldError("imageTwoWays", "image");
  }
  return fields;
}

function readImages(parts: readonly FormPart[], rules: FamilyFacts["image"]): EditImage[] {
  const files = parts.filter((part) => part.name === "image" || part.name === "image[]");
  if (files.length === 0) {
    throw fieldError("required", "image");
  }
  if (files.length < rules.minCount) {
    throw fieldError("tooFewImages", "image", { limit: rules.minCount, count: files.length });
  }
  if (files.length > rules.maxCount) {
    throw fieldError("tooManyImages", "image", { limit: rules.maxCount, count: files.length });
  }
  return files.map((file) => {
    const image = readImage(file, "image", rules);
    if (rules.square && image.widthPx !== image.heightPx) {
      throw fieldError("notSquare", "image", { size: `${image.widthPx}x${image.heightPx}` });
    }
    return image;
  });
}

/** Formats whose size is in the header; that of others is only known after decoding. */
const measuredTypes = new Set([...imageMediaTypes, "image/gif"]);

function readImage(
  { bytes, contentType }: FormPart,
  param: string,
  rules: FamilyFacts["image"] | FamilyFacts["mask"] | FileFacts,
): EditImage {
  const { mediaTypes } = rules;
  const accepted = mediaTypes?.map((type) => `'${type}'`).join(", ") ?? "images of any format";
  const accepts = (type: string) => mediaTypes?.includes(type) ?? type.startsWith("image/");
  const declared = contentType === "image/jpg" ? "image/jpeg" : (contentType ?? "application/octet-stream");
  if (!accepts(declared)) {
    throw fieldError("mediaType", param, { actual: declared.slice(0, 80), accepted });
  }
  if (bytes.length === 0) {
    throw fieldError("emptyFile", param);
  }
  if (rules.belowBytes !== undefined && bytes.length >= rules.belowBytes) {
    throw fieldError("largeFile", param, { bytes: bytes.length, limit: rules.belowBytes });
  }
  const info = inspectImage(bytes);
  if (!info || !accepts(info.mediaType)) {
    throw fieldError("otherBytes", param, { actual: info ? info.mediaType : "not an image", accepted });
  }
  const measured = measuredTypes.has(info.mediaType);
  if (measured && (info.widthPx === 0 || info.heightPx === 0)) throw unreadable(param);
  return { bytes, ...info };
}

/** Creates the error of an image with a valid header that cannot be decoded. */
export function unreadable(param: string): Error {
  return fieldError("damaged", param);
}

function checkUprightSize(param: string, file: EditImage, image: EditImage): void {
  if (image.widthPx === 0) return;
  const isRotated = image.orientation >= 5;
  const [width, height] = isRotated ? [image.heightPx, image.widthPx] : [image.widthPx, image.heightPx];
  if (file.widthPx === width && file.heightPx === height) return;
  throw fieldError("otherSize", param, {
    actual: `${file.widthPx}x${file.heightPx}`,
    expected: `${width}x${height} when upright`,
  });
}

function checkMaskSize(mask: EditImage, image: EditImage): void {
  if (image.widthPx === 0) return;
  const isRotated = image.orientation >= 5;
  const stored = mask.widthPx === image.widthPx && mask.heightPx === image.heightPx;
  const upright = mask.widthPx === image.heightPx && mask.heightPx === image.widthPx;
  if (stored || (isRotated && upright)) return;
  throw fieldError("otherSize", "mask", {
    actual: `${mask.widthPx}x${mask.heightPx}`,
    expected: `${image.widthPx}x${image.heightPx}`,
  });
}
