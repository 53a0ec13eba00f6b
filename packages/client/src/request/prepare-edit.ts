import type { ByteSource } from "../byte-source.ts";
import type { PictureFacts } from "../check-pictures.ts";
import type { Part } from "../encode-multipart.ts";
import type { GatheredInputs } from "../gather-facts.ts";
import { fieldNames } from "../generated/limits.gen.ts";
import { partFileName } from "../media-type.ts";
import { isSent } from "../preflight.ts";

/**
 * Lays an edit out as the parts of a form: text first (some servers read no text after a file), pictures in order, the
 * mask last. One picture is `image`, several are `image[]`, unless `imageField` says otherwise.
 */
export function formParts(
  params: Readonly<Record<string, unknown>>,
  { images, mask, facts }: GatheredInputs,
  imageField = images.length > 1 ? "image[]" : "image",
): Part[] {
  const parts: Part[] = [];
  const texts: [string, unknown][] = fieldNames.map((name) => [name, params[name]]);
  for (const [name, value] of [...texts, ...Object.entries(params["extra"] ?? {})]) {
    if (name !== "image" && name !== "mask" && isSent(value)) parts.push({ name, value: String(value) });
  }
  images.forEach((source, at) => {
    const found = facts.images[at];
    if (found)
      parts.push(filePart(imageField, source, found, images.length > 1 ? `image-${at + 1}` : "image"));
  });
  if (mask && facts.mask) parts.push(filePart("mask", mask, facts.mask, "mask"));
  return parts;
}

function filePart(
  name: string,
  source: ByteSource,
  { format, mediaType }: PictureFacts,
  fallback: string,
): Part {
  return { name, filename: partFileName(source.name, format, fallback), mediaType, source };
}
