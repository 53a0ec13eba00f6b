import { readFile } from "node:fs/promises";
import type { EditedImage } from "../../edited-image.ts";
import { readEvents } from "../../response/events/read-events.ts";
import type { Answer, AnswerOptions } from "../../response/reader-options.ts";
import { readPieces } from "./read-chunks.ts";

/**
 * Reads an answer that was kept in a file, JSON or a stream of events, in pieces: memory does not grow with it when the
 * pictures go to files.
 *
 * @throws {InvalidResponseError} (`unknown`) when it holds no picture that can be read
 */
export async function readAnswerFile<Image extends EditedImage>(
  path: string,
  options: AnswerOptions<Image>,
): Promise<Answer<Image>> {
  const rawBody = async () => new Uint8Array(await readFile(path));
  let answer: Answer<Image> | undefined;
  for await (const event of readEvents(readPieces(path), { rawBody, ...options })) {
    // The last holds all pictures.
    if (event.type === "completed") answer = event.result;
  }
  return answer as Answer<Image>; // `readEvents` throws when it has nothing to give
}
