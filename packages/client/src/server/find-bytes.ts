/** The platform's search costs about as much to call as a look at this many bytes. */
const callCost = 64;

/**
 * Finds `mark` in `bytes` between `from` and `until`, or gives -1. It takes the same time a byte whatever the bytes are:
 * one that is full of beginnings of `mark` would otherwise hold up everyone else for seconds.
 */
export function findBytes(bytes: Uint8Array, mark: Uint8Array, from = 0, until = bytes.length): number {
  const [first = 0, second] = mark;
  const end = Math.min(until, bytes.length - mark.length + 1);
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

/** Tells whether `mark` stands in `bytes` at `at`. */
export function startsWith(bytes: Uint8Array, mark: Uint8Array, at: number): boolean {
  for (let index = 0; index < mark.length; index++) if (bytes[at + index] !== mark[index]) return false;
  return true;
}
