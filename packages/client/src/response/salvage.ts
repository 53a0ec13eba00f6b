import type { EditedImage } from "../edited-image.ts";
import { inspectImage } from "../media/inspect-image.ts";
import type { DecodedImage } from "./decode-images.ts";
import type { ImageScanner } from "./image-scanner.ts";
import { type StoredImage, sliceOf } from "./image-store.ts";
import type { RawBody, ReaderOptions, SalvagedResponse } from "./reader-options.ts";

/**
 * Saves what arrived of an answer that can not be used: every picture that is whole, whatever the field that holds it,
 * and the answer itself.
 */
export async function salvageImages<Image extends EditedImage>(
  scanner: ImageScanner,
  { store, toImage, rawBody }: ReaderOptions<Image>,
): Promise<SalvagedResponse<Image>> {
  const found: DecodedImage[] = [];
  const sources: StoredImage[] = [];
  for (const source of scanner.whole()) {
    const facts = await inspectImage(source);
    // Other long base64, as a signature, is in the raw body.
    if (facts.format === "unknown") continue;
    found.push({ source, facts });
    sources.push(source);
  }
  await store?.commit?.(sources);
  await store?.end?.(rawBody === undefined);
  return { images: found.map(toImage), rawBody: rawBody ?? rawBodyOf(scanner) };
}

/** Makes the `rawBody` of a document from its scanner: nothing is kept twice. */
export function rawBodyOf(scanner: ImageScanner): RawBody {
  return async () => joinParts(await scanner.raw());
}

/** Joins parts that follow each other. */
export function joinParts(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const byteLength = parts.reduce((sum, part) => sum + part.length, 0);
  return sliceOf(parts, 0, byteLength);
}
