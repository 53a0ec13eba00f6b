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

/** The share of one image in the memory that all arriving images use. */
interface BufferShare {
  /** Returns how many of its bytes may wait in memory for the disk. */
  batchBytes(): number;
  /** Returns the pool of buffers of that size. */
  pool(): BufferPool;
  /** Releases the share; called when the image is complete or removed. */
  release(): void;
}

/** What the decoder returns at once. A buffer holds a multiple of it, so that none of it stays empty. */
const windowBytes = 49_152;
/** Writes of this size keep a disk busy; memory holds two of them per image. */
const large = { batchBytes: 8 * windowBytes, pool: createBufferPool(8 * windowBytes, 16) };
/** Hundreds of concurrent images write smaller batches. */
const small = { batchBytes: 2 * windowBytes, pool: createBufferPool(2 * windowBytes, 32) };
/** Memory that all arriving images share before their batches become smaller. */
const sharedBytes = 16_777_216;
let arriving = 0;

/** Reserves a share for one more arriving image. */
export function reserveBuffer(): BufferShare {
  let isActive = true;
  arriving++;
  const batch = () => (arriving * large.batchBytes <= sharedBytes ? large : small);
  return {
    batchBytes: () => batch().batchBytes,
    pool: () => batch().pool,
    release() {
      if (isActive) arriving--;
      isActive = false;
    },
  };
}
