import type { ByteSource } from "../media/byte-source.ts";

/** An image of a response: written while it arrives, readable any number of times once it is complete. */
export interface StoredImage extends ByteSource {
  /** Appends the next decoded bytes and takes ownership of them. Never throws: see `problem`. */
  write(chunk: Uint8Array<ArrayBuffer>): void;
  /** Reads a copy, which the caller owns. */
  slice(start: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
  /** The path of the image, once it is a file. */
  readonly path?: string | undefined;
  /** Why the file could not be written, in a full sentence; the bytes are readable anyway. */
  readonly problem?: string | undefined;
  /** The system's code of that problem, such as `ENOSPC`. */
  readonly systemCode?: string | undefined;
}

/** Destination of the images of a response: memory or files. */
export interface ImageStore {
  open(): StoredImage;
  /** Waits until the written bytes no longer occupy memory; called after each chunk of the response. */
  flush?(): Promise<void>;
  /** Persists the images of a result, in order; they are complete. */
  commit?(images: readonly StoredImage[]): Promise<void>;
  /**
   * Releases every image that was not committed. With `retain`, they stay readable, because the response failed and
   * they may have been billed.
   */
  close?(options: { readonly retain: boolean }): Promise<void>;
}

/** Store that retains images in memory, in the chunks in which they arrived. */
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

/** Returns the bytes from `start` up to, but not including, `end` of consecutive parts. */
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
