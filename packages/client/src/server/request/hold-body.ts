/** The bytes of one form, from its first to the moment that it was sent on. */
export interface HeldBody {
  readonly byteLength: number;
  append(piece: Uint8Array): void;
  /** What has arrived so far; a window, void after the next `append` or `release`. */
  bytes(): Uint8Array;
  /** Gives the memory back at once, whoever still looks at it. */
  release(): void;
}

const firstBytes = 65_536;

/**
 * Creates the memory of one form. It grows with what has really arrived, so that nobody takes memory by announcing a large
 * form and sending none, and holds each byte once.
 *
 * @param announced how many bytes will come, when that is known
 */
export function holdBody(announced = Number.POSITIVE_INFINITY): HeldBody {
  let room = new ArrayBuffer(Math.min(announced, firstBytes));
  let byteLength = 0;
  return {
    get byteLength() {
      return byteLength;
    },
    append(piece) {
      const needed = byteLength + piece.byteLength;
      if (needed > room.byteLength) room = move(room, Math.max(needed, Math.min(announced, 1.5 * needed)));
      new Uint8Array(room, byteLength).set(piece);
      byteLength = needed;
    },
    bytes: () => new Uint8Array(room, 0, byteLength),
    release() {
      room = move(room, 0);
      byteLength = 0;
    },
  };
}

/** Moves bytes to a buffer of another size; what they lay in is freed without waiting for the garbage collector. */
function move(room: ArrayBuffer, byteLength: number): ArrayBuffer {
  const { transfer } = room as { transfer?: (byteLength: number) => ArrayBuffer };
  if (transfer) return transfer.call(room, byteLength);
  // Node 20 has no `transfer`, but detaches what is cloned away.
  const moved = new ArrayBuffer(byteLength);
  const kept = Math.min(room.byteLength, byteLength);
  new Uint8Array(moved).set(new Uint8Array(room, 0, kept));
  structuredClone(room, { transfer: [room] });
  return moved;
}
