import type { Runtime } from "../async/deadline.ts";
import type { EditResult } from "../edit-result.ts";
import type { EditedImage } from "../edited-image.ts";
import type { Redact } from "../errors/redactor.ts";
import type { DecodedImage } from "./decode-images.ts";
import type { ImageStore } from "./image-store.ts";

/**
 * A function that returns the server's response as received. Base64 is returned in the standard alphabet, without
 * escapes and line breaks; the rest is returned byte for byte.
 */
export type RawBody = () => Promise<Uint8Array<ArrayBuffer>>;

/** An {@link EditResult} with the caller's type of images. */
export interface Result<Image extends EditedImage> extends EditResult {
  readonly images: readonly Image[];
}

/** The salvaged parts of an incomplete response, which may have been billed. */
export interface SalvagedResponse<Image extends EditedImage> {
  /** The images that had arrived completely. */
  readonly images: readonly Image[];
  readonly rawBody: RawBody;
}

/** Options for reading a response. */
export interface ReaderOptions<Image extends EditedImage> {
  /** Creates the caller's image from each decoded one. */
  readonly toImage: (image: DecodedImage) => Image;
  /** The largest response to read, in bytes; unlimited by default. */
  readonly maxAnswerBytes?: number | undefined;
  /** How many images were requested, if `n` was given. */
  readonly requested?: number | undefined;
  /** The destination of the images; memory by default. */
  readonly store?: ImageStore | undefined;
  /** Returns the response from where it is already stored; by default it is rebuilt from what was read. */
  readonly rawBody?: RawBody | undefined;
  /** The response's `content-type`: an image of an unknown format is recognized by it. */
  readonly contentType?: string | null | undefined;
  /** Whether the status is 202: there may be no image yet. */
  readonly isAccepted?: boolean | undefined;
  /** The task whose result the response is, if it was polled. */
  readonly taskId?: string | undefined;
  /** Where the result of a task has its images, as a path such as `data.result`. */
  readonly resultPath?: string | undefined;
  readonly runtime?: Runtime | undefined;
  readonly redact?: Redact | undefined;
  readonly requestId?: string | undefined;
  readonly idempotencyKey?: string | undefined;
  /** Converts what the body threw (a cut, a timeout, an abort) to the error to throw; by default it is rethrown. */
  readonly onBodyFailure?: ((cause: unknown, salvaged: SalvagedResponse<Image>) => unknown) | undefined;
}
