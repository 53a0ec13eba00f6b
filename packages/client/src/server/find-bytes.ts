/** A call of the platform's search costs about as much as comparing this many bytes. */
const callCost = 64;

/** From this length on, Node searches with Boyer-Moore, whose time per byte is constant; below it, only by the first byte. */
const minNativeLength = 8;

/**
 * Returns the position of `mark` in `bytes` between `from` and `until`, or -1. The time per byte is constant:
 * bytes full of partial matches of `mark` would otherwise block every other request for seconds.
 */
export function findBytes(bytes: Uint8Array, mark: Uint8Array, from = 0, until = bytes.length): number {
  const [first = 0, second] = mark;
  const end = Math.min(until, bytes.length - mark.length + 1);
  if (mark.length >= minNativeLength && typeof Buffer === "function") {
    const searched = Buffer.from(bytes.buffer, bytes.byteOffset, Math.max(0, end + mark.length - 1));
    return from < end ? searched.indexOf(mark, from) : -1;
  }
  let spent = 0;
  for (let at = from; at < end; at++) {
    if (bytes[at] !== first) {
      if (spent > at - from) continue;
      spent += callCost;
      at = bytes.indexOf(first, at);
      if (at < 0 || at >= end) return -1;
    }
    if ((second === undefined || bytes[at + 1] === second) && startsWith(bytes, mark, at)) return at;
  }
  return -1;
}

/** Returns whether `mark` is in `bytes` at `at`. */
export function startsWith(bytes: Uint8Array, mark: Uint8Array, at: number): boolean {
  for (let index = 0; index < mark.length; index++) if (bytes[at + index] !== mark[index]) return false;
  return true;
}
