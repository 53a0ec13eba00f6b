import { nextTurn } from "../async/next-turn.ts";
import type { ByteSource } from "../media/byte-source.ts";

/** An image of a response: written while it arrives, readable any number of times once it is complete. */
export interface StoredImage extends ByteSource {
  /** Appends the next decoded bytes and takes ownership of them. Never throws: see `problem`. */
  write(chunk: Uint8Array<ArrayBuffer>): void;
  /** Returns a place in the image's own memory for its next bytes; they count once they are passed to `write`. */
  reserve?(byteLength: number): Uint8Array<ArrayBuffer>;
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

/**
 * Memory is taken in segments that grow with the image up to this size. Smaller ones lie between the chunks of the
 * network, and their memory cannot be reused.
 */
const minSegmentBytes = 65_536;
const maxSegmentBytes = 1_048_576;
/** A copy of this size takes a few milliseconds; other work may run before the next one. */
const copiedBytes = 2 * maxSegmentBytes;

const none = new Uint8Array(0);

/** Store that retains images in memory, in the order in which their bytes arrived. */
export const memoryStore: ImageStore = {
  open() {
    const parts: Uint8Array<ArrayBuffer>[] = [];
    let segment = none;
    /** How much of the segment is used. The used part is the last of `parts`, if `isOpen`. */
    let used = 0;
    let from = 0;
    let isOpen = false;

    function reserve(length: number): Uint8Array<ArrayBuffer> {
      if (used + length > segment.length) {
        const size = Math.min(Math.max(minSegmentBytes, image.byteLength), maxSegmentBytes);
        segment = new Uint8Array(Math.max(size, length));
        used = from = 0;
        isOpen = false;
      }
      return segment.subarray(used, used + length);
    }

    // Without accessors: each literal with one gets a hidden class of its own, which keeps what the accessor sees alive.
    const image: StoredImage & { byteLength: number } = {
      byteLength: 0,
      reserve,
      write(chunk) {
        const byteLength = image.byteLength + chunk.length;
        image.byteLength = byteLength;
        const isReserved = chunk.buffer === segment.buffer;
        // Not worth a copy, or a segment.
        if (!isReserved && (chunk.length >= minSegmentBytes || byteLength < minSegmentBytes)) {
          parts.push(chunk);
          from = used;
          isOpen = false;
          return;
        }
        if (!isReserved) reserve(chunk.length).set(chunk);
        used += chunk.length;
        if (isOpen) parts.pop();
        parts.push(segment.subarray(from, used));
        isOpen = true;
      },
      // Not of a segment, whose other part is not written yet.
      view: () => (parts.length === 1 && !isOpen ? parts[0] : undefined),
      async slice(start, end) {
        const stop = Math.min(end, image.byteLength);
        if (stop - start <= copiedBytes) return sliceOf(parts, start, stop);
        const bytes = new Uint8Array(stop - start);
        for (let at = 0; at < bytes.length; at += copiedBytes) {
          if (at > 0) await nextTurn();
          copyTo(bytes.subarray(at, at + copiedBytes), parts, start + at);
        }
        // The next image may be copied at once.
        await nextTurn();
        return bytes;
      },
      async *chunks() {
        yield* parts;
      },
    };
    return image;
  },
};

/** Returns the bytes from `start` up to, but not including, `end` of consecutive parts. */
export function sliceOf(parts: readonly Uint8Array[], start: number, end: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.max(0, end - start));
  copyTo(bytes, parts, start);
  return bytes;
}

/** Fills `bytes` with those of consecutive parts from `start`. */
function copyTo(bytes: Uint8Array, parts: readonly Uint8Array[], start: number): void {
  const end = start + bytes.length;
  let at = 0;
  for (const part of parts) {
    const from = Math.max(start - at, 0);
    if (at < end && from < part.length) bytes.set(part.subarray(from, end - at), at + from - start);
    at += part.length;
  }
}
