import type { AnswerOptions } from "./answer.ts";
import { createEditedImage } from "./create-edited-image.ts";
import type { EditedImage } from "./edited-image.ts";
import type { Arrival } from "./request/send-edit.ts";

/** Lays out how an answer that has arrived is read into memory. */
export function answerOptions(arrival: Arrival): AnswerOptions<EditedImage> {
  const { limits, results, requestId, idempotencyKey, redact, requested } = arrival;
  const { urlLifetimeSeconds } = limits;
  const expiresAt =
    urlLifetimeSeconds === undefined ? undefined : new Date(Date.now() + urlLifetimeSeconds * 1000);
  return {
    toImage: (image) => createEditedImage(image, results, expiresAt),
    maxAnswerBytes: arrival.maxAnswerBytes ?? 2 ** 30,
    requested,
    redact,
    requestId,
    idempotencyKey,
    onBodyFailure: (cause, rescued) => arrival.describe(cause, rescued),
  };
}
