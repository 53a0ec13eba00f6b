/** Buffers of one size that are used again, instead of being allocated, zeroed and collected for every few hundred KiB. */
export interface BufferPool {
  take(): Uint8Array<ArrayBuffer>;
  /** Returns a buffer that nothing reads or writes any more. */
  give(buffer: Uint8Array<ArrayBuffer>): void;
}

/** Creates a pool that keeps at most `maxFree` buffers while they are not in use. */
export function createBufferPool(byteLength: number, maxFree: number): BufferPool {
  const free: Uint8Array<ArrayBuffer>[] = [];
  return {
    take: () => free.pop() ?? new Uint8Array(byteLength),
    give(buffer) {
      if (free.length < maxFree) free.push(buffer);
    },
  };
}
