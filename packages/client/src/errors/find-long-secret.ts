/** A text as a reader may decode it, and where each of its characters came from. */
interface Decoded {
  readonly text: string;
  readonly starts?: readonly number[] | undefined;
}

/** Random, so that no text can be made whose parts have the same hash. */
const base = 2 * Math.floor(Math.random() * 2 ** 29) + 1;

/**
 * Finds the parts of a text, of `width` characters and more, that a long secret contains in one of its spellings. It
 * indexes the text, which is short, and passes once over the secret: time is linear in both.
 */
export function findLongSecret(
  spellings: readonly string[],
  readings: readonly Decoded[],
  width: number,
): { start: number; end: number }[] {
  const found: { start: number; end: number }[] = [];
  for (const { text, starts } of readings) {
    const index = new Map<number, number[]>();
    eachWindow(text, width, (hash, at) => {
      const places = index.get(hash);
      if (places) places.push(at);
      else index.set(hash, [at]);
    });
    for (const spelling of spellings) {
      eachWindow(spelling, width, (hash, at) => {
        const places = index.get(hash);
        const [first] = places ?? [];
        if (first === undefined || !isSame(text, first, spelling, at, width)) return;
        // Found once for all of its places, so that a text of one character does not take its square.
        index.delete(hash);
        for (const place of places ?? [])
          found.push({ start: starts?.[place] ?? place, end: starts?.[place + width] ?? place + width });
      });
    }
  }
  return found;
}

function isSame(text: string, at: number, other: string, otherAt: number, width: number): boolean {
  return text.slice(at, at + width) === other.slice(otherAt, otherAt + width);
}

/** Visits all windows of a text with a rolling hash (Rabin-Karp). */
function eachWindow(text: string, width: number, visit: (hash: number, at: number) => void): void {
  let top = 1;
  for (let power = 0; power < width; power++) top = Math.imul(top, base);
  let hash = 0;
  for (let at = 0; at < text.length; at++) {
    hash = (Math.imul(hash, base) + text.charCodeAt(at)) | 0;
    if (at >= width) hash = (hash - Math.imul(top, text.charCodeAt(at - width))) | 0;
    if (at >= width - 1) visit(hash, at - width + 1);
  }
}
