import type { EditResult } from "../edit-result.ts";
import type { EditedImage } from "../edited-image.ts";
import type { Redact } from "../errors/sanitize-text.ts";
import type { DecodedImage } from "./decode-images.ts";
import type { ImageStore } from "./image-store.ts";

/**
 * Reads the server's answer as it came. What was base64 comes back in the standard alphabet, without escapes and line
 * breaks in it; the rest byte for byte.
 */
export type RawBody = () => Promise<Uint8Array<ArrayBuffer>>;

/** Is an {@link EditResult} with the caller's kind of pictures. */
export interface Result<Image extends EditedImage> extends EditResult {
  readonly images: readonly Image[];
}

/** What was saved of an answer that broke off: it may have been paid for. */
export interface SalvagedResponse<Image extends EditedImage> {
  /** The pictures that had arrived whole. */
  readonly images: readonly Image[];
  readonly rawBody: RawBody;
}

/** Configures how an answer is read. */
export interface ReaderOptions<Image extends EditedImage> {
  /** Makes the caller's picture of each one in the answer. */
  readonly toImage: (image: DecodedImage) => Image;
  /** The largest answer to read, in bytes; unlimited by default. */
  readonly maxAnswerBytes?: number | undefined;
  /** How many pictures were asked for, when `n` was given. */
  readonly requested?: number | undefined;
  /** Where pictures go; memory by default. */
  readonly store?: ImageStore | undefined;
  /** Reads the answer from where it lies already; by default it is put together again from what was read. */
  readonly rawBody?: RawBody | undefined;
  readonly redact?: Redact | undefined;
  readonly requestId?: string | undefined;
  readonly idempotencyKey?: string | undefined;
  /** Makes the error to throw of what the body threw: a cut, a timeout, an abort. By default that is thrown as it is. */
  readonly onBodyFailure?: ((cause: unknown, salvaged: SalvagedResponse<Image>) => unknown) | undefined;
}
