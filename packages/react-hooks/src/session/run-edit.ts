import type { EditedImage, EditResult, UploadProgress } from "@retouch/client";
import type { PrepareOptions, PrepareReport } from "../prepare/prepare-image.ts";
import type { CompleteParams, EditTransport } from "../transport/edit-transport.ts";
import { type Picture, readPictures } from "./read-pictures.ts";

/** Tells how one edit goes, from the picture in hand to the pictures that came back. */
export interface EditEvents {
  /** From here on the server may make, and bill, pictures. It is told again when an edit is sent again. */
  readonly onSend: () => void;
  readonly onUploadProgress: (progress: UploadProgress) => void;
  readonly onPartial: (image: EditedImage, index: number) => void;
  /** The answer is here and paid for; what is left is reading its pictures. */
  readonly onAnswer: () => void;
}

/** Holds what one edit gave. */
export interface Performed {
  readonly result: EditResult;
  readonly pictures: readonly Picture[];
  readonly prepared: readonly PrepareReport[];
}

/** Prepares the pictures, sends the edit once, and reads what came back; it knows no state. */
export async function performEdit(
  params: CompleteParams,
  how: { readonly transport: EditTransport; readonly prepare?: PrepareOptions | undefined },
  signal: AbortSignal,
  events: EditEvents,
): Promise<Performed> {
  let ready = params;
  let prepared: readonly PrepareReport[] = [];
  if (how.prepare !== undefined) {
    // Loaded late: who sends pictures as they are does not carry this code.
    const { prepareParams } = await import("../prepare/prepare-params.ts");
    ({ params: ready, reports: prepared } = await prepareParams(params, how.prepare, signal));
  }
  signal.throwIfAborted();
  if (how.transport.tellsSending !== true) events.onSend();
  const result = await how.transport.run(ready, { ...events, signal });
  signal.throwIfAborted();
  events.onAnswer();
  return { result, prepared, pictures: await readPictures(result, signal) };
}
