import type { EditedImage } from "../edited-image.ts";
import { buildAnswer, createAnswerError } from "./build-result.ts";
import { openPictures } from "./decode-images.ts";
import { createAnswerScanner } from "./image-scanner.ts";
import { memoryStore } from "./image-store.ts";
import { type AnswerFailure, parseAnswer } from "./json.ts";
import type { Answer, AnswerOptions } from "./reader-options.ts";
import { rawBodyOf, rescuePictures } from "./salvage.ts";

/**
 * Reads the JSON body of a success, of either shape, decoding its pictures as they arrive.
 *
 * @throws {InvalidResponseError} (`unknown`) when the body holds no picture that can be read
 */
export async function readAnswer<Image extends EditedImage>(
  body: AsyncIterable<Uint8Array>,
  options: AnswerOptions<Image>,
): Promise<Answer<Image>> {
  const { store = memoryStore, maxAnswerBytes = Number.POSITIVE_INFINITY, onBodyFailure } = options;
  const scanner = createAnswerScanner(store);
  let failure: AnswerFailure | undefined;
  let byteLength = 0;
  try {
    for await (const chunk of body) {
      byteLength += chunk.length;
      failure = byteLength > maxAnswerBytes ? tooLarge(maxAnswerBytes) : scanner.push(chunk);
      if (failure) break;
      await store.drain?.();
    }
  } catch (cause) {
    throw onBodyFailure ? onBodyFailure(cause, await rescuePictures(scanner, options)) : cause;
  }
  const parsed = failure ?? parseAnswer(scanner.end(), "The answer");
  const rawBody = options.rawBody ?? rawBodyOf(scanner);
  if ("json" in parsed) {
    const opened = await openPictures(parsed.json, scanner.pictures, store);
    const answer = await buildAnswer(parsed.json, opened, options, rawBody);
    if ("images" in answer) {
      // What is left out of the result is in `rawBody` alone.
      await store.end?.(opened.damaged > 0 && !options.rawBody);
      return answer;
    }
    failure = answer;
  } else failure = parsed;
  throw createAnswerError(failure, options, await rescuePictures(scanner, options));
}

/** Says that the answer is larger than the caller allows. */
export function tooLarge(maxAnswerBytes: number): AnswerFailure {
  const limit = `\`maxAnswerBytes\` (${maxAnswerBytes} bytes)`;
  return {
    code: "answer_too_large",
    seen: `The answer is larger than ${limit} and was read so far. Raise it, or write the pictures to files.`,
  };
}
