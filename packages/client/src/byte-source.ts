import { InvalidInputError } from "./errors.ts";

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
  pieces(): AsyncIterable<Uint8Array>;
  /** The same bytes as a `Blob`, where they are one already: a browser then sends them without reading them first. */
  readonly blob?: Blob | undefined;
  /** Frees what the source holds open; called once, when the edit is over. */
  close?(): Promise<void>;
}

/** Bytes that every runtime has: a `Blob` or `File`, an `ArrayBuffer`, any typed array or `DataView`. */
export type ByteInput = Blob | ArrayBufferLike | ArrayBufferView;

/** The most bytes that {@link ByteSource.pieces} gives at once: 256 KiB. */
export const maxPieceBytes = 262_144;

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
  if (isBlob(input)) return fromBlob(input, field);
  const isView = ArrayBuffer.isView(input);
  if (!isView && !/^(Shared)?ArrayBuffer$/.test(tagOf(input))) {
    throw invalid(
      field,
      "wrong_type",
      `${describe(input)}. Give a \`Blob\`, \`File\`, \`ArrayBuffer\` or typed array.`,
    );
  }
  const [buffer, start, byteLength] = isView
    ? [input.buffer, input.byteOffset, input.byteLength]
    : [input as ArrayBuffer, 0, input.byteLength]; // its tag says so, in whatever realm it was made
  const isShared = tagOf(buffer) === "SharedArrayBuffer";
  const read = (from: number, to: number): Uint8Array<ArrayBuffer> => {
    const at = Math.min(from, byteLength);
    try {
      const bytes = new Uint8Array(buffer, start + at, Math.max(0, Math.min(to, byteLength) - at));
      // Neither Blob nor fetch takes shared memory, so it is copied a piece at a time.
      return isShared ? bytes.slice() : (bytes as Uint8Array<ArrayBuffer>);
    } catch (cause) {
      throw invalid(
        field,
        "unreadable",
        "was transferred away or shrunk: its bytes are gone. Give a copy.",
        cause,
      );
    }
  };
  read(0, 0);
  return {
    byteLength,
    slice: async (from, to) => read(from, to),
    pieces: () => inPieces(byteLength, read),
    // A Blob copies its bytes, so it is made only for the transport that asks for one, and of few bytes only: many are
    // sent in pieces, out of the caller's own memory.
    get blob() {
      return byteLength <= 1_048_576 ? new Blob([read(0, byteLength)]) : undefined;
    },
  };
}

function fromBlob(blob: Blob, field: string): ByteSource {
  const read = async (from: number, to: number): Promise<Uint8Array> => {
    try {
      return new Uint8Array(await blob.slice(from, to).arrayBuffer());
    } catch (cause) {
      throw invalid(
        field,
        "unreadable",
        "can not be read: its file changed, moved or is locked. Choose it again.",
        cause,
      );
    }
  };
  return {
    byteLength: blob.size,
    name: (blob as Partial<File>).name,
    slice: read,
    pieces: () => inPieces(blob.size, read),
    blob,
  };
}

async function* inPieces(
  byteLength: number,
  read: (from: number, to: number) => Uint8Array | Promise<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < byteLength; at += maxPieceBytes) {
    yield await read(at, Math.min(at + maxPieceBytes, byteLength));
  }
}

// Not `instanceof`: a test environment or an iframe has its own Blob and ArrayBuffer.
function isBlob(input: unknown): input is Blob {
  return /^(Blob|File)$/.test(tagOf(input)) && typeof (input as Blob).arrayBuffer === "function";
}

function tagOf(input: unknown): string {
  return Object.prototype.toString.call(input).slice(8, -1);
}

function describe(input: unknown): string {
  return typeof input === "string"
    ? "is a string, and paths and URLs are read by `@retouch/client/node` only"
    : `is ${input === null || input === undefined ? input : `of type ${tagOf(input)}`}`;
}

function invalid(field: string, code: string, message: string, cause?: unknown): InvalidInputError {
  const problem = { severity: "error", field, code, message: `\`${field}\` ${message}` } as const;
  return new InvalidInputError({ problems: [problem], cause });
}
