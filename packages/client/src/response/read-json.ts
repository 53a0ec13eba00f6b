import type { EditedImage } from "../edited-image.ts";
import { buildResult, toResponseError } from "./build-result.ts";
import { decodeImages } from "./decode-images.ts";
import { createImageScanner } from "./image-scanner.ts";
import { memoryStore } from "./image-store.ts";
import { type ParseFailure, parseJson } from "./json.ts";
import type { ReaderOptions, Result } from "./reader-options.ts";
import { rawBodyOf, salvageImages } from "./salvage.ts";

/**
 * Reads the JSON body of a success, of either shape, decoding its pictures as they arrive.
 *
 * @throws {InvalidResponseError} (`unknown`) when the body holds no picture that can be read
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
  const parsed = failure ?? parseJson(scanner.end(), "The answer");
  const rawBody = options.rawBody ?? rawBodyOf(scanner);
  if ("json" in parsed) {
    const opened = await decodeImages(parsed.json, scanner.images, store);
    const response = await buildResult(parsed.json, opened, options, rawBody);
    if ("images" in response) {
      // What is left out of the result is in `rawBody` alone.
      await store.end?.(opened.damaged > 0 && !options.rawBody);
      return response;
    }
    failure = response;
  } else failure = parsed;
  throw toResponseError(failure, options, await salvageImages(scanner, options));
}

/** Says that the answer is larger than the caller allows. */
export function tooLarge(maxAnswerBytes: number): ParseFailure {
  const limit = `\`maxAnswerBytes\` (${maxAnswerBytes} bytes)`;
  return {
    code: "response_too_large",
    seen: `The answer is larger than ${limit} and was read so far. Raise it, or write the pictures to files.`,
  };
}
