import type { EditedImage } from "../edited-image.ts";
import { fileFormatOf, isImageFormat, isText, signatureBytes } from "../media/format.ts";
import { inspectImage } from "../media/inspect-image.ts";
import { buildResult, toResponseError } from "./build-result.ts";
import { memoryStore, type StoredImage } from "./image-store.ts";
import { tooLarge } from "./json.ts";
import type { ReaderOptions, Result, SalvagedResponse } from "./reader-options.ts";
import { keepImages } from "./salvage.ts";

/** Returns whether a body is an image itself: by its first bytes, or by its type if it is not text. */
export function isImageBody(head: Uint8Array, contentType: string | null | undefined): boolean {
  if (isImageFormat(fileFormatOf(head))) return true;
  return head.length > 0 && /^image\//i.test(contentType ?? "") && !isText(head.subarray(0, signatureBytes));
}

/**
 * Reads a body that is one image.
 *
 * @throws {InvalidResponseError} (`unknown`) when it is larger than `maxAnswerBytes` or cannot be written
 */
export async function readImageBody<Image extends EditedImage>(
  body: AsyncIterable<Uint8Array>,
  options: ReaderOptions<Image>,
): Promise<Result<Image>> {
  const { store = memoryStore, maxAnswerBytes = Number.POSITIVE_INFINITY, onBodyFailure } = options;
  const image = store.open();
  const rawBody = options.rawBody ?? (() => image.slice(0, image.byteLength));
  /** A file whose end is missing is not an image that was received. */
  const salvage = async (): Promise<SalvagedResponse<Image>> => {
    const info = await inspectImage(image);
    const isWhole = isImageFormat(info.format) && info.widthPx !== undefined && !info.problem;
    return keepImages(isWhole ? [{ source: image, info }] : [], rawBody, options);
  };
  try {
    for await (const chunk of body) {
      // A copy: the store owns it, and a reader of a file uses its buffer again.
      image.write(new Uint8Array(chunk));
      if (image.byteLength > maxAnswerBytes) break;
      await store.flush?.();
    }
  } catch (cause) {
    throw onBodyFailure ? onBodyFailure(cause, await salvage()) : cause;
  }
  if (image.byteLength > maxAnswerBytes)
    throw toResponseError(tooLarge(maxAnswerBytes), options, await keepImages([], rawBody, options));
  const result = await buildResult({}, await decodedImage(image), options, rawBody);
  if (!("images" in result)) throw toResponseError(result, options, await keepImages([], rawBody, options));
  await store.close?.({ retain: false });
  return result;
}

async function decodedImage(source: StoredImage) {
  const info = await inspectImage(source);
  const problem = info.problem ?? (info.format === "unknown" ? "has an unknown format" : undefined);
  const message = `The image ${problem}. Its bytes are returned unchanged.`;
  return {
    images: [{ source, info }],
    warnings: problem
      ? [{ severity: "warning", field: "image", code: "unrecognized_image", message } as const]
      : [],
    damaged: 0,
  };
}
