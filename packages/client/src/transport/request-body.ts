import { invalidInput } from "../errors/problem-messages.ts";
import type { ByteSource } from "../media/byte-source.ts";

/** A complete body of known length that can be read again for a retry: a form or JSON. */
export interface RequestBody {
  /** `multipart/form-data; boundary=...` or `application/json`: the only source of a request's `content-type`. */
  readonly contentType: string;
  readonly byteLength: number;
  /** All of a small body whose bytes are in memory, and the two chunks of it that `chunks()` yields. */
  readonly small?:
    | readonly [whole: Uint8Array<ArrayBuffer>, chunks: readonly [Uint8Array, Uint8Array]]
    | undefined;
  /**
   * Reads the body from its start. What closes it, the last boundary or brace, is a separate chunk, the last one. A
   * transport that never sent it knows that the server cannot have a complete body. A chunk is valid until the next one is
   * requested.
   *
   * @throws {InvalidInputError} (`not-sent`) when an image's length has changed, before the body is complete
   */
  chunks(): AsyncIterable<Uint8Array>;
  /**
   * Creates one `Blob` of the complete form from the blobs of its parts, for platforms that send exact lengths
   * only for blobs. Returns `undefined` when a part has no blob; a transport then collects `chunks()`.
   */
  blob?(): Blob | undefined;
}

/** A file inside a body. */
export interface BodyFile {
  readonly filename: string;
  readonly mediaType: string;
  readonly source: ByteSource;
}

/** Yields a file's bytes. Throws when their number differs from the declared length, which would corrupt the body. */
export async function* readExactly(
  field: string,
  { filename, source }: BodyFile,
): AsyncGenerator<Uint8Array> {
  let missing = source.byteLength;
  for await (const chunk of source.chunks()) {
    missing -= chunk.length;
    if (missing < 0) break;
    yield chunk;
  }
  if (missing === 0) return;
  const difference = missing < 0 ? "more" : `${missing} fewer`;
  const detail = `(${filename}) changed while it was being sent: it now has ${difference} bytes than its original ${source.byteLength}. Send it again when it no longer changes.`;
  throw invalidInput(field, "changed", { detail });
}
