import type { CallParams, ImageInput, ModelName } from "./edit-params.ts";
import type { EditResult } from "./edit-result.ts";
import type { EditedImage } from "./edited-image.ts";
import type { Problem } from "./errors/errors.ts";
import type { EditOptions } from "./options.ts";

/** The findings of preflight; nothing was sent. */
export interface CheckReport {
  /** Whether `edit` would send: warnings do not stop it. */
  readonly ok: boolean;
  /** Every error and warning, in the order of the form. */
  readonly problems: readonly Problem[];
}

/** One event of a streamed edit: partial images, then the result. */
export type EditEvent =
  | {
      readonly type: "partial";
      /** The server's number of the partial image, from 0. */
      readonly index: number;
      readonly image: EditedImage;
    }
  | {
      readonly type: "completed";
      readonly result: EditResult;
    };

/** A client that edits images. `Input` is what its entry point can open: on Node paths and URLs too. */
export interface ImageClient<Input = ImageInput> {
  /**
   * Edits one or more images and resolves with the results, read into memory.
   *
   * @throws InvalidInputError (`not-sent`) with everything that preflight finds, before anything is sent.
   * @throws HttpError (`rejected` for 4xx, `unknown` for 5xx), NetworkError, TimeoutError (`not-sent` or `unknown`),
   * InvalidResponseError (`unknown`: the edit may have been billed, and `rawBody()` returns the response).
   * @example
   * const { images, usage } = await client.edit({ model: "gpt-image-1", image: photo, prompt: "A red hat" });
   * const bytes = await images[0].bytes();
   */
  edit<const M extends ModelName | undefined = undefined>(
    params: CallParams<M, Input>,
    options?: EditOptions,
  ): Promise<EditResult>;
  /**
   * Edits images and yields partial images on the way (`partial_images`). The last event is `completed`.
   *
   * @throws what `edit` throws; a stream that ends without `completed` is an InvalidResponseError (`unknown`).
   * @example
   * for await (const event of client.stream({ ...params, partial_images: 2 })) {
   *   if (event.type === "completed") await save(event.result.images);
   * }
   */
  stream<const M extends ModelName | undefined = undefined>(
    params: CallParams<M, Input>,
    options?: EditOptions,
  ): AsyncGenerator<EditEvent, void, undefined>;
  /**
   * Checks an edit against every limit of its model, the images included. Sends nothing.
   *
   * @example
   * const { ok, problems } = await client.check(params);
   */
  check<const M extends ModelName | undefined = undefined>(
    params: CallParams<M, Input>,
    options?: EditOptions,
  ): Promise<CheckReport>;
}
