/** A picture's share of the memory of all that arrive at the same time. */
export interface MemoryShare {
  /** How many bytes of it may wait in memory for the disk. */
  batchBytes(): number;
  /** Leaves the share to the others; called when the picture is whole, or given up. */
  release(): void;
}

/** Writes of this size keep a disk busy; memory holds two of them for a picture. */
const largestBatchBytes = 524_288;
const smallestBatchBytes = 65_536;
/** What all pictures that arrive share: hundreds at once write smaller batches instead. */
const sharedBytes = 16_777_216;
let arriving = 0;

/** Claims a share for one more picture that arrives. */
export function claimMemory(): MemoryShare {
  let isArriving = true;
  arriving++;
  return {
    batchBytes: () => Math.max(smallestBatchBytes, Math.min(largestBatchBytes, sharedBytes / arriving)),
    release() {
      if (isArriving) arriving--;
      isArriving = false;
    },
  };
}
