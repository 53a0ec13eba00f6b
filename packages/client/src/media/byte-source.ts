import type { RetouchCode } from "../errors/codes.ts";
import { InvalidInputError } from "../errors/errors.ts";

/** A picture's bytes, wherever they live: readable from the start as often as a retry needs. */
export interface ByteSource {
  readonly byteLength: number;
  /** The file's own name, for the part's `filename`; only its ASCII letters and digits are sent. */
  readonly name?: string | undefined;
  /** Reads the bytes from `start` to before `end`; fewer when the source ends sooner. */
  slice(start: number, end: number): Promise<Uint8Array>;
  /**
   * Reads everything in order, in pieces of at most 256 KiB. A piece is valid until the next one is asked for,
   * so a reader that keeps pieces copies them.
   */
  chunks(): AsyncIterable<Uint8Array>;
  /** The same bytes as a `Blob`, where they are one already: a browser then sends them without reading them first. */
  readonly blob?: Blob | undefined;
  /** Frees what the source holds open; called once, when the edit is over. */
  close?(): Promise<void>;
}

/** Bytes that every runtime has: a `Blob` or `File`, an `ArrayBuffer`, any typed array or `DataView`. */
export type ByteInput = Blob | ArrayBufferLike | ArrayBufferView;

/** The most bytes that {@link ByteSource.pieces} gives at once: 256 KiB. */
export const maxChunkBytes = 262_144;

/**
 * Opens bytes for reading, without copying them. They belong to the caller: who changes them before the edit is over
 * changes what a retry sends, so give a copy (`bytes.slice()`) when they will be used again.
 *
 * @param field the parameter that the bytes came from, named in errors
 * @throws {InvalidInputError} (`not-sent`) when the input is something else, or an `ArrayBuffer` that was transferred away
 * @example
 * const source = openByteSource(file, "mask");
 * const head = await source.slice(0, 64);
 */
export function openByteSource(input: ByteInput, field = "image"): ByteSource {
  const invalid = (code: RetouchCode, message: string, cause?: unknown): InvalidInputError =>
    new InvalidInputError({
      problems: [{ severity: "error", field, code, message: `\`${field}\` ${message}` }],
      cause,
    });
  // By its tag, not by `instanceof`: a test environment or an iframe has its own Blob and ArrayBuffer.
  const type = tagOf(input);
  if (/^(Blob|File)$/.test(type) && "arrayBuffer" in input) {
    const blob = input as File; // or a Blob, which has no name
    return {
      ...fromReader(blob.size, async (start, end) => {
        try {
          return new Uint8Array(await blob.slice(start, end).arrayBuffer());
        } catch (cause) {
          throw invalid(
            "file_unreadable",
            "can not be read: its file changed, moved or is locked. Choose it again.",
            cause,
          );
        }
      }),
      name: blob.name,
      blob,
    };
  }
  if (!ArrayBuffer.isView(input) && !/ArrayBuffer$/.test(type)) {
    const seen =
      type === "String" ? "a string: paths and URLs are for `@retouch/client/node`" : `of type ${type}`;
    throw invalid("wrong_type", `is ${seen}. Give a \`Blob\`, \`File\`, \`ArrayBuffer\` or typed array.`);
  }
  const { buffer, byteOffset, byteLength } = ArrayBuffer.isView(input)
    ? input
    : { buffer: input as ArrayBuffer, byteOffset: 0, byteLength: (input as ArrayBuffer).byteLength };
  const read = (start: number, end: number): Uint8Array<ArrayBuffer> => {
    try {
      const bytes = new Uint8Array(buffer as ArrayBuffer, byteOffset + start, end - start);
      // Neither Blob nor fetch takes shared memory, so it is copied a piece at a time.
      return tagOf(buffer) === "ArrayBuffer" ? bytes : bytes.slice();
    } catch (cause) {
      throw invalid(
        "bytes_detached",
        "was transferred away or shrunk: its bytes are gone. Give a copy.",
        cause,
      );
    }
  };
  read(0, 0);
  return {
    ...fromReader(byteLength, read),
    // A Blob copies its bytes, so it is made only for the transport that asks for one, and of few bytes only: many are
    // sent in pieces, out of the caller's own memory.
    get blob() {
      return byteLength <= 1_048_576 ? new Blob([read(0, byteLength)]) : undefined;
    },
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
