import type { EditedImage } from "../edited-image.ts";
import { isTelling } from "../media/format.ts";
import { buildResult, toResponseError } from "./build-result.ts";
import { decodeImages } from "./decode-images.ts";
import { createImageScanner, type ScannedDocument, scanSmall } from "./image-scanner.ts";
import { type ImageStore, memoryStore } from "./image-store.ts";
import { type ParseFailure, parseJson, tooLarge, valueAt } from "./json.ts";
import { peekBody } from "./peek-body.ts";
import { isImageBody, readImageBody } from "./read-image-body.ts";
import type { ReaderOptions, Result } from "./reader-options.ts";
import { keepImages, rawBodyOf, salvageImages } from "./salvage.ts";
import { isLink, namesImage } from "./shapes/image-references.ts";
import { createTextDecoding } from "./shapes/text-decoder.ts";

/**
 * Reads the body of a success that is not a stream: JSON of any shape, whose images are decoded as they arrive, or an
 * image itself.
 *
 * @throws {InvalidResponseError} (`unknown`) when the body contains no readable image
 */
export async function readJson<Image extends EditedImage>(
  body: AsyncIterable<Uint8Array>,
  options: ReaderOptions<Image>,
): Promise<Result<Image>> {
  const { head, body: whole } = await peekBody(body, isTelling);
  return isImageBody(head, options.contentType)
    ? readImageBody(whole, options)
    : readDocument(whole, options);
}

/** Returns a body that is base64, a `data:` URI or the URL of an image alone, as if it were a JSON string. */
function readBareText(document: string, store: ImageStore): { readonly json: string } | undefined {
  const text = document.trim();
  if (/^["{[<]/.test(text)) return undefined;
  const isImage = createTextDecoding(new Map(), store).isImage(text);
  return isImage || (isLink({ text, field: "other" }) && namesImage(text)) ? { json: text } : undefined;
}

/**
 * Reads a small body that begins as JSON, and has arrived completely.
 *
 * @throws {InvalidResponseError} (`unknown`) when the body contains no readable image
 */
export async function readSmallJson<Image extends EditedImage>(
  bytes: Uint8Array,
  options: ReaderOptions<Image>,
): Promise<Result<Image>> {
  const { store = memoryStore } = options;
  const scanned = scanSmall(bytes);
  if (scanned) return readScanned(scanned, undefined, options);
  const scanner = createImageScanner(store);
  return readScanned(scanner, scanner.push(bytes), options);
}

async function readDocument<Image extends EditedImage>(
  body: AsyncIterable<Uint8Array>,
  options: ReaderOptions<Image>,
): Promise<Result<Image>> {
  const { store = memoryStore, maxAnswerBytes = Number.POSITIVE_INFINITY, onBodyFailure } = options;
  const scanner = createImageScanner(store);
  let failure: ParseFailure | undefined;
  let byteLength = 0;
  try {
    for await (const chunk of body) {
      byteLength += chunk.length;
      failure = byteLength > maxAnswerBytes ? tooLarge(maxAnswerBytes) : scanner.push(chunk);
      if (failure) break;
      await store.flush?.();
    }
  } catch (cause) {
    throw onBodyFailure ? onBodyFailure(cause, await salvageImages(scanner, options)) : cause;
  }
  return readScanned(scanner, failure, options);
}

async function readScanned<Image extends EditedImage>(
  scanner: ScannedDocument,
  failure: ParseFailure | undefined,
  options: ReaderOptions<Image>,
): Promise<Result<Image>> {
  const { store = memoryStore } = options;
  const document = scanner.end();
  const parsed = failure ?? readBareText(document, store) ?? parseJson(document, "The response");
  if (!("json" in parsed)) throw toResponseError(parsed, options, await salvageImages(scanner, options));
  const rawBody = options.rawBody ?? rawBodyOf(scanner);
  const place = options.resultPath === undefined ? undefined : valueAt(parsed.json, options.resultPath);
  const decoded = await decodeImages(place ?? parsed.json, scanner.images, store, { anyShape: true });
  const result = await buildResult(parsed.json, decoded, options, rawBody);
  if (!("images" in result))
    throw toResponseError(result, options, await keepImages(decoded.candidates ?? [], rawBody, options));
  // Images omitted from the result are only available through `rawBody`.
  await store.close?.({ retain: decoded.damaged > 0 && !options.rawBody });
  return result;
}
