import type { RetouchCode } from "../errors/codes.ts";
import type { Problem } from "../errors/errors.ts";
import { hidePlaceholders } from "../errors/sanitize-text.ts";
import { isImageFormat, isText } from "../media/format.ts";
import type { ImageInfo } from "../media/image-info.ts";
import { inspectImage } from "../media/inspect-image.ts";
import type { ImageStore, StoredImage } from "./image-store.ts";
import { findImages } from "./shapes/find-images.ts";
import { createTextDecoding, type ExtractedImage } from "./shapes/text-decoder.ts";

/** An image of a response: its bytes, or its URL on the server. */
export interface DecodedImage {
  readonly source?: StoredImage | undefined;
  /** The properties in the image's headers. */
  readonly info?: ImageInfo | undefined;
  readonly url?: string | undefined;
  readonly revisedPrompt?: string | undefined;
}

/** The images of a response, with warnings about them. */
export interface DecodedImages {
  readonly images: readonly DecodedImage[];
  readonly warnings: readonly Problem[];
  /** How many images can neither be decoded nor have a URL. */
  readonly damaged: number;
  /** Images of which the result may be one: the response has images or links in several places. */
  readonly candidates?: readonly DecodedImage[] | undefined;
}

/**
 * Returns every image that a parsed response contains. Long ones were extracted by the scanner and are looked up by
 * their placeholder; short ones are decoded from the text.
 *
 * @param anyShape whether to look into wrappers of any name when the response has no known shape
 */
export async function decodeImages(
  response: unknown,
  extracted: ReadonlyMap<string, StoredImage>,
  store: ImageStore,
  { anyShape = false }: { readonly anyShape?: boolean } = {},
): Promise<DecodedImages> {
  const known = new Map<string, ExtractedImage>();
  const infoOf = new Map<StoredImage, ImageInfo>();
  for (const [token, source] of extracted) {
    const info = await inspectImage(source);
    known.set(token, { source, info });
    infoOf.set(source, info);
  }
  const decoding = createTextDecoding(known, store);
  const found = findImages(response, decoding, anyShape);
  const images: DecodedImage[] = [];
  const warnings: Problem[] = [];
  let damaged = 0;
  const warn = (code: RetouchCode, message: string): void => {
    warnings.push({ severity: "warning", field: "image", code, message });
  };
  for (const [index, { data, url, revisedPrompt }] of found.images.entries()) {
    const source = data === undefined ? undefined : decoding.decode(data);
    const info = source && (infoOf.get(source) ?? (await inspectImage(source)));
    const subject = `Image ${index + 1} in the response`;
    const kind = source && info && (await nameOfText(source, info));
    const isUnusable = !source || kind !== undefined;
    if (isUnusable && url === undefined) {
      damaged++;
      if (kind) warn("result_not_image", `${subject} is ${kind}, not an image, and was skipped.`);
      else warn("bad_base64", `${subject} is not valid base64 and was skipped.`);
      continue;
    }
    if (!isUnusable && info && (!isImageFormat(info.format) || info.problem)) {
      const problem =
        info.problem ??
        (info.format === "unknown" ? "has an unknown format" : `is ${info.format.toUpperCase()}`);
      warn("unrecognized_image", `${subject} ${problem}. Its bytes are returned unchanged.`);
    }
    const prompt = revisedPrompt && hidePlaceholders(revisedPrompt);
    images.push(
      isUnusable
        ? { source: undefined, url, revisedPrompt: prompt }
        : { source, info, url, revisedPrompt: prompt },
    );
  }
  return found.isAmbiguous
    ? { images: [], warnings: [], damaged: 0, candidates: images }
    : { images, warnings, damaged };
}

/** How much of a text is read to distinguish it from an image of an unknown format. */
const maxTextBytes = 65_536;

/** Returns what a text is that was sent as an image, or `undefined` for images and other binary data. */
async function nameOfText(source: StoredImage, { format }: ImageInfo): Promise<string | undefined> {
  if (/^(?:html|xml|json)$/.test(format)) return format.toUpperCase();
  if (format !== "unknown") return undefined;
  return isText(await source.slice(0, maxTextBytes)) ? "text" : undefined;
}
