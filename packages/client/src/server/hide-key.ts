import { findBytes, startsWith } from "./find-bytes.ts";

/** Blots a key out of bytes that pass by in pieces. */
export interface KeyHider {
  /** Gives what can be given on: all of it, less an end that may be the beginning of the key. */
  push(piece: Uint8Array): Uint8Array;
  /** Gives what was still held back. */
  end(): Uint8Array;
}

/** Creates what writes asterisks over `key`, so that no answer takes it to a page, whatever upstream quotes. */
export function createKeyHider(key: string): KeyHider {
  const mark = new TextEncoder().encode(key);
  let held: Uint8Array = new Uint8Array(0);
  return {
    push(piece) {
      if (mark.length === 0) return piece;
      let bytes = piece;
      if (held.length > 0) {
        bytes = new Uint8Array(held.length + piece.length);
        bytes.set(held);
        bytes.set(piece, held.length);
      }
      for (let at = findBytes(bytes, mark); at >= 0; at = findBytes(bytes, mark, at + mark.length)) {
        // A copy, because the piece is not ours.
        if (bytes === piece) bytes = piece.slice();
        bytes.fill(42, at, at + mark.length);
      }
      const end = bytes.length - beginningAtEnd(bytes, mark);
      held = bytes.slice(end);
      return bytes.subarray(0, end);
    },
    end() {
      const last = held;
      held = new Uint8Array(0);
      return last;
    },
  };
}

/** Counts the last bytes that may be the beginning of `mark`. */
function beginningAtEnd(bytes: Uint8Array, mark: Uint8Array): number {
  for (let length = Math.min(mark.length - 1, bytes.length); length > 0; length--) {
    if (startsWith(bytes, mark.subarray(0, length), bytes.length - length)) return length;
  }
  return 0;
}
