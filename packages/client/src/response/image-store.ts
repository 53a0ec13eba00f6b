import type { ByteSource } from "../media/byte-source.ts";

/** One picture of an answer: written while it arrives, read as often as wanted once it is complete. */
export interface StoredImage extends ByteSource {
  /** Takes the next decoded bytes, which belong to the picture from here on. Never fails: see `drain`. */
  write(chunk: Uint8Array<ArrayBuffer>): void;
  /** Where the picture lies, once it is a file. */
  readonly path?: string | undefined;
  /** Why the file could not be written, in a full sentence; the bytes are then readable all the same. */
  readonly problem?: string | undefined;
}

/** Decides where the pictures of an answer go: memory, or files. */
export interface ImageStore {
  open(): StoredImage;
  /** Waits until what was written is out of memory; called after each piece of the answer. */
  flush?(): Promise<void>;
  /** Is told pictures of a result, in their order: they are whole, and stay. */
  commit?(images: readonly StoredImage[]): Promise<void>;
  /**
   * Lets go of every picture that was not settled. `keepBytes` says that they may still be read, because the answer
   * failed and they are part of what was paid for.
   */
  end?(keepBytes: boolean): Promise<void>;
}

/** Keeps pictures in memory, in the pieces they came in. */
export const memoryStore: ImageStore = {
  open() {
    const parts: Uint8Array<ArrayBuffer>[] = [];
    let byteLength = 0;
    return {
      get byteLength() {
        return byteLength;
      },
      write(chunk) {
        parts.push(chunk);
        byteLength += chunk.length;
      },
      slice: async (start, end) => sliceOf(parts, start, Math.min(end, byteLength)),
      async *chunks() {
        yield* parts;
      },
      get blob() {
        return new Blob(parts);
      },
    };
  },
};

/** Joins the bytes from `start` to before `end` of parts that follow each other. */
export function sliceOf(parts: readonly Uint8Array[], start: number, end: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.max(0, end - start));
  let at = 0;
  for (const part of parts) {
    const from = Math.max(start - at, 0);
    if (at < end && from < part.length) bytes.set(part.subarray(from, end - at), at + from - start);
    at += part.length;
  }
  return bytes;
}
