import type { EditedImage } from "../edited-image.ts";
import { inspectImage } from "../media/inspect-image.ts";
import type { DecodedImage } from "./decode-images.ts";
import type { ScannedDocument } from "./image-scanner.ts";
import { type ImageStore, memoryStore, sliceOf } from "./image-store.ts";
import type { RawBody, ReaderOptions, SalvagedResponse } from "./reader-options.ts";
import { findLinks } from "./shapes/find-links.ts";
import { isLink } from "./shapes/image-references.ts";
import { createTextDecoding, type ExtractedImage, isDataUri } from "./shapes/text-decoder.ts";

/** Returns what arrived of a response that breaks off or is not JSON: every complete image, and the response itself. */
export async function salvageImages<Image extends EditedImage>(
  scanner: ScannedDocument,
  options: ReaderOptions<Image>,
): Promise<SalvagedResponse<Image>> {
  const { store = memoryStore, rawBody = rawBodyOf(scanner) } = options;
  return keepImages(await findComplete(scanner, store), rawBody, options);
}

/** Returns the images that an unusable response contains, on disk if there is a store, and the response itself. */
export async function keepImages<Image extends EditedImage>(
  found: readonly DecodedImage[],
  rawBody: RawBody,
  { store, toImage, rawBody: stored }: ReaderOptions<Image>,
): Promise<SalvagedResponse<Image>> {
  await store?.commit?.(found.flatMap(({ source }) => source ?? []));
  await store?.close?.({ retain: stored === undefined });
  return { images: found.map(toImage), rawBody };
}

/** Fields of images that were sent, not made. */
const sentField = /input|source|reference|original|mask|prompt|thumb|preview/i;
/** Fields whose text is a URL, and fields whose text may contain some. */
const urlField = /^(?:b64_json|(?:image_?)?urls?)$/i;
const proseField = /^(?:content|text)$/i;

/**
 * Finds the images of a document that no JSON parser reads: complete strings that are images, and URLs in fields for
 * them, in order.
 */
async function findComplete(scanner: ScannedDocument, store: ImageStore): Promise<DecodedImage[]> {
  const document = scanner.end();
  const extracted = new Map<string, ExtractedImage>();
  for (const [token, source] of scanner.images)
    extracted.set(token, { source, info: await inspectImage(source) });
  const decoding = createTextDecoding(extracted, store);
  const found: DecodedImage[] = [];
  for (const { field, text } of stringsIn(document)) {
    if (sentField.test(field)) continue;
    const parts = decoding.isImage(text) ? [text] : proseField.test(field) ? findLinks(text) : [];
    if (urlField.test(field) && !parts.length && isLink({ text, field: "url" })) parts.push(text.trim());
    for (const part of parts) {
      const source = decoding.isImage(part) ? decoding.decode(part) : undefined;
      if (source) found.push({ source, info: await inspectImage(source) });
      else if (!isDataUri(part)) found.push({ url: part });
    }
  }
  return found;
}

/** Yields the complete strings of a document that may be broken, each with the last name of a field before it. */
function* stringsIn(document: string): Generator<{ readonly field: string; readonly text: string }> {
  let field = "";
  for (let start = document.indexOf('"'); start >= 0; ) {
    let end = start;
    let isEscaped = true;
    while (isEscaped && end >= 0) {
      end = document.indexOf('"', end + 1);
      isEscaped = /(?:^|[^\\])(?:\\\\)*\\$/.test(
        document.slice(Math.max(start + 1, end - 99), Math.max(0, end)),
      );
    }
    if (end < 0) return;
    const written = document.slice(start + 1, end);
    if (/^\s*:/.test(document.slice(end + 1, end + 99))) field = written;
    else yield { field, text: unescapeString(written) };
    start = document.indexOf('"', end + 1);
  }
}

function unescapeString(written: string): string {
  try {
    return JSON.parse(`"${written}"`);
  } catch {
    // A line break or an unknown escape, which base64 and URLs do not need.
    return written;
  }
}

/** Returns the `rawBody` of a document, rebuilt from its scanner so that nothing is stored twice. */
export function rawBodyOf(scanner: ScannedDocument): RawBody {
  return async () => joinParts(await scanner.raw());
}

/** Returns consecutive parts as one array. */
export function joinParts(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const byteLength = parts.reduce((sum, part) => sum + part.length, 0);
  return sliceOf(parts, 0, byteLength);
}
