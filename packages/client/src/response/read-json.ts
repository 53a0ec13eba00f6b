import type { EditedImage } from "../edited-image.ts";
import { buildResult, toResponseError } from "./build-result.ts";
import { decodeImages } from "./decode-images.ts";
import { createImageScanner } from "./image-scanner.ts";
import { memoryStore } from "./image-store.ts";
import { type ParseFailure, parseJson } from "./json.ts";
import type { ReaderOptions, Result } from "./reader-options.ts";
import { rawBodyOf, salvageImages } from "./salvage.ts";

/**
 * Parses the JSON body of a success, of either shape, and decodes its images as they arrive.
 *
 * @throws {InvalidResponseError} (`unknown`) when the body contains no readable image
 */
export async function readJson<Image extends EditedImage>(
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
  const parsed = failure ?? parseJson(scanner.end(), "The response");
  const rawBody = options.rawBody ?? rawBodyOf(scanner);
  if ("json" in parsed) {
    const decoded = await decodeImages(parsed.json, scanner.images, store);
    const result = await buildResult(parsed.json, decoded, options, rawBody);
    if ("images" in result) {
      // Images omitted from the result are only available through `rawBody`.
      await store.close?.({ retain: decoded.damaged > 0 && !options.rawBody });
      return result;
    }
    failure = result;
  } else failure = parsed;
  throw toResponseError(failure, options, await salvageImages(scanner, options));
}

/** Returns the failure for a response larger than the caller allows. */
export function tooLarge(maxAnswerBytes: number): ParseFailure {
  return { code: "response_too_large", params: { maxAnswerBytes } };
}
