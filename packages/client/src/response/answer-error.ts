import type { EditedImage } from "../edited-image.ts";
import { InvalidResponseError } from "../errors/errors.ts";
import type { AnswerFailure } from "./parse-answer.ts";
import type { AnswerOptions, Rescued } from "./reader-options.ts";

/** Creates the error of an answer that was paid for and can not be used. */
export function createAnswerError<Image extends EditedImage>(
  { seen, code, cause, requestId: said }: AnswerFailure,
  { requestId = said, idempotencyKey }: AnswerOptions<Image>,
  { images, rawBody }: Rescued<Image>,
): InvalidResponseError {
  const sentences = [
    seen,
    "The server may have billed this edit: look at the answer with `error.rawBody()` before sending it again.",
    images.length > 0 && `Pictures that arrived whole are in \`error.images\`: ${images.length}.`,
    requestId && `Request id: ${requestId}.`,
  ];
  return new InvalidResponseError(sentences.filter(Boolean).join(" "), {
    outcome: "unknown",
    code,
    cause,
    requestId,
    idempotencyKey,
    images,
    rawBody,
  });
}
