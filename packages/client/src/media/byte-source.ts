import { invalidInput } from "../errors/problem-messages.ts";
import { isBlobLike, readBlob } from "./blob-like.ts";
import { type DataUri, decodeDataUri, isBase64Image, isDataUri } from "./data-uri.ts";

/** An image's bytes, from any source: readable from the start as often as a retry needs. */
export interface ByteSource {
  readonly byteLength: number;
  /** The file's name, for the part's `filename`; only its ASCII letters and digits are sent. */
  readonly name?: string | undefined;
  /** Reads the bytes from `start` up to, but not including, `end`; fewer if the source ends earlier. */
  slice(start: number, end: number): Promise<Uint8Array>;
  /** Returns all bytes as they are, neither awaited nor copied, if they are in memory, in one piece. */
  view?(): Uint8Array<ArrayBuffer> | undefined;
  /**
   * Reads everything in order, in chunks of at most 256 KiB. A chunk is valid until the next one is requested, so a
   * reader that retains chunks must copy them.
   */
  chunks(): AsyncIterable<Uint8Array>;
  /** Returns the same bytes as a `Blob`, if they are one or become one for little: a browser then sends them without reading them first. */
  blob?(): Blob | undefined;
  /** Releases the source's resources; called once, when the edit has ended. */
  close?(): Promise<void>;
}

/** Byte types of every runtime: a `Blob` or `File`, an `ArrayBuffer`, any typed array or `DataView`, a `data:` URI. */
export type ByteInput = Blob | ArrayBufferLike | ArrayBufferView | DataUri;

/** The maximum size of a chunk of {@link ByteSource.chunks}: 256 KiB. */
export const maxChunkBytes = 262_144;

/**
 * Opens bytes for reading, without copying them. The caller owns them: changing them before the edit has ended
 * changes what a retry sends. Pass a copy (`bytes.slice()`) if they will be reused.
 *
 * @param field the parameter that the bytes came from, named in errors
 * @throws {InvalidInputError} (`not-sent`) when the input has another type, or is a transferred `ArrayBuffer`
 * @example
 * const source = openByteSource(file, "mask");
 * const head = await source.slice(0, 64);
 */
export function openByteSource(input: ByteInput, field = "image"): ByteSource {
  // By shape and tag, not by `instanceof`: a test environment or an iframe has its own Blob and ArrayBuffer.
  const type = tagOf(input);
  if (isBlobLike(input)) {
    const blob = input;
    return {
      ...fromReader(blob.size, async (start, end) => {
        try {
          return new Uint8Array(await readBlob(blob.slice(start, end)));
        } catch (cause) {
          const detail = "cannot be read: its file changed, moved or is locked. Choose it again.";
          throw invalidInput(field, "file_unreadable", { detail }, cause);
        }
      }),
      name: (blob as Partial<File>).name,
      // One of another realm would become text in a `Blob` of this one.
      blob: () => (globalThis.Blob !== undefined && blob instanceof Blob ? blob : undefined),
    };
  }
  if (isDataUri(input)) {
    const bytes = decodeDataUri(String(input));
    if (bytes) return openByteSource(bytes, field);
    const detail = "is not a valid `data:` URI. Give `data:image/png;base64,` and valid base64.";
    throw invalidInput(field, "invalid_url", { detail });
  }
  if (!ArrayBuffer.isView(input) && !/ArrayBuffer$/.test(type)) {
    const isText = type === "String";
    const isBase64 = isText && isBase64Image(String(input));
    const params = {
      actual: { type: isText ? "string" : type },
      expected: isBase64 ? "bytesNotBase64" : isText ? "bytesNotPath" : "bytes",
    } as const;
    throw invalidInput(field, "wrong_type", params);
  }
  const { buffer, byteOffset, byteLength } = ArrayBuffer.isView(input)
    ? input
    : { buffer: input as ArrayBuffer, byteOffset: 0, byteLength: (input as ArrayBuffer).byteLength };
  const isShared = tagOf(buffer) !== "ArrayBuffer";
  const read = (start: number, end: number): Uint8Array<ArrayBuffer> => {
    try {
      const bytes = new Uint8Array(buffer as ArrayBuffer, byteOffset + start, end - start);
      // Neither Blob nor fetch accepts shared memory, so it is copied one chunk at a time.
      return isShared ? bytes.slice() : bytes;
    } catch (cause) {
      const detail = "was transferred away or shrunk: its bytes are gone. Give a copy.";
      throw invalidInput(field, "bytes_detached", { detail }, cause);
    }
  };
  read(0, 0);
  return {
    ...fromReader(byteLength, read),
    ...(!isShared && { view: () => read(0, byteLength) }),
    // A Blob copies its bytes, so it is created on demand and only for few bytes. Larger inputs are sent in chunks,
    // from the caller's own memory.
    blob: () => (byteLength <= 1_048_576 ? new Blob([read(0, byteLength)]) : undefined),
  };
}

function fromReader(
  byteLength: number,
  read: (start: number, end: number) => Uint8Array | Promise<Uint8Array>,
): ByteSource {
  const slice = async (start: number, end: number): Promise<Uint8Array> => {
    const stop = Math.min(end, byteLength);
    return read(Math.min(start, stop), stop);
  };
  return {
    byteLength,
    slice,
    async *chunks() {
      for (let at = 0; at < byteLength; at += maxChunkBytes) yield slice(at, at + maxChunkBytes);
    },
  };
}

function tagOf(input: unknown): string {
  return Object.prototype.toString.call(input).slice(8, -1);
}
