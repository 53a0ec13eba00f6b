import { decodeBase64 } from "../bytes/base64.ts";
import type { RetouchCode } from "../errors/codes.ts";
import type { Problem } from "../errors/errors.ts";
import { hidePlaceholders } from "../errors/sanitize-text.ts";
import type { ImageInfo } from "../media/image-info.ts";
import { inspectImage } from "../media/inspect-image.ts";
import { findImages } from "./find-images.ts";
import type { ImageStore, StoredImage } from "./image-store.ts";

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
}

/**
 * Returns every image that a parsed response contains. Long ones were extracted by the scanner and are looked up by
 * their placeholder; short ones are decoded from the text.
 */
export async function decodeImages(
  response: unknown,
  extracted: ReadonlyMap<string, StoredImage>,
  store: ImageStore,
): Promise<DecodedImages> {
  const images: DecodedImage[] = [];
  const warnings: Problem[] = [];
  let damaged = 0;
  const warn = (code: RetouchCode, message: string): void => {
    warnings.push({ severity: "warning", field: "image", code, message });
  };
  for (const [index, { base64, url, revisedPrompt }] of findImages(response).entries()) {
    const source = base64 === undefined ? undefined : decodeSource(base64, extracted, store);
    if (!source && url === undefined) {
      damaged++;
      warn("bad_base64", `Image ${index + 1} in the response is not valid base64 and was skipped.`);
      continue;
    }
    const info = source && (await inspectImage(source));
    if (info?.format === "unknown" || info?.problem) {
      const problem = info.problem ?? "has an unknown format";
      warn(
        "unrecognized_image",
        `Image ${index + 1} in the response ${problem}. Its bytes are returned unchanged.`,
      );
    }
    const prompt = revisedPrompt && hidePlaceholders(revisedPrompt);
    images.push({ source, info, url, revisedPrompt: prompt });
  }
  return { images, warnings, damaged };
}

function decodeSource(
  encoded: string,
  extracted: ReadonlyMap<string, StoredImage>,
  store: ImageStore,
): StoredImage | undefined {
  const isUri = /^data:/i.test(encoded);
  const comma = encoded.indexOf(",");
  if (isUri && !/;base64$/i.test(encoded.slice(0, Math.max(0, comma)).slice(-99))) return undefined;
  const data = isUri ? encoded.slice(comma + 1) : encoded;
  const known = extracted.get(data);
  if (known) return known;
  const chars = data.replace(/[ \t\r\n\f]+/g, "").replace(/={1,2}$/, "");
  // A character outside ASCII becomes bytes that are not valid in base64.
  const bytes = decodeBase64(new TextEncoder().encode(chars));
  if (!bytes?.length) return undefined;
  const image = store.open();
  image.write(bytes);
  return image;
}
