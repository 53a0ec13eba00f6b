import type { EditedImage } from "../edited-image.ts";
import { inspectImage } from "../media/inspect-image.ts";
import type { DecodedImage } from "./decode-images.ts";
import type { ImageScanner } from "./image-scanner.ts";
import { type StoredImage, sliceOf } from "./image-store.ts";
import type { RawBody, ReaderOptions, SalvagedResponse } from "./reader-options.ts";

/**
 * Returns what arrived of an unusable response: every complete image, whatever its field, and the response itself.
 */
export async function salvageImages<Image extends EditedImage>(
  scanner: ImageScanner,
  { store, toImage, rawBody }: ReaderOptions<Image>,
): Promise<SalvagedResponse<Image>> {
  const found: DecodedImage[] = [];
  const sources: StoredImage[] = [];
  for (const source of scanner.completeImages()) {
    const info = await inspectImage(source);
    // Other long base64, such as a signature, is in the raw body.
    if (info.format === "unknown") continue;
    found.push({ source, info });
    sources.push(source);
  }
  await store?.commit?.(sources);
  await store?.close?.({ retain: rawBody === undefined });
  return { images: found.map(toImage), rawBody: rawBody ?? rawBodyOf(scanner) };
}

/** Returns the `rawBody` of a document, rebuilt from its scanner so that nothing is stored twice. */
export function rawBodyOf(scanner: ImageScanner): RawBody {
  return async () => joinParts(await scanner.raw());
}

/** Returns consecutive parts as one array. */
export function joinParts(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const byteLength = parts.reduce((sum, part) => sum + part.length, 0);
  return sliceOf(parts, 0, byteLength);
}
