import { readFile } from "node:fs/promises";
import type { Answer, AnswerOptions } from "../answer.ts";
import { collectEvents } from "../collect-events.ts";
import type { EditedImage } from "../edited-image.ts";
import { readEvents } from "../read-events.ts";
import { readPieces } from "./read-pieces.ts";

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
  return collectEvents(readEvents(readPieces(path), { rawBody, ...options }));
}
