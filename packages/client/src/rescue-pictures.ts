import type { AnswerOptions, RawBody, Rescued } from "./answer.ts";
import type { EditedImage } from "./edited-image.ts";
import { inspectImage } from "./inspect-image.ts";
import { sliceOf } from "./picture-store.ts";
import type { AnswerScanner } from "./scan-answer.ts";

/** Saves what arrived of an answer that can not be used: every picture that is whole, and the answer itself. */
export async function rescuePictures<Image extends EditedImage>(
  scanner: AnswerScanner,
  { store, toImage, rawBody }: AnswerOptions<Image>,
): Promise<Rescued<Image>> {
  const sources = scanner.whole();
  await store?.settle?.(sources);
  const images = await Promise.all(
    sources.map(async (source) => toImage({ source, facts: await inspectImage(source) })),
  );
  await store?.end?.(rawBody === undefined);
  return { images, rawBody: rawBody ?? rawBodyOf(scanner) };
}

/** Makes the `rawBody` of a document from its scanner: nothing is kept twice. */
export function rawBodyOf(scanner: AnswerScanner): RawBody {
  return async () => joinParts(await scanner.raw());
}

/** Joins parts that follow each other. */
export function joinParts(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const byteLength = parts.reduce((sum, part) => sum + part.length, 0);
  return sliceOf(parts, 0, byteLength);
}
