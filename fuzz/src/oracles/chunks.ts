import { isDeepStrictEqual } from "node:util";
import { check } from "../engine/target.ts";

/** Yields bytes in chunks of one size. The last chunk is empty, as some servers send it. */
export async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
  yield new Uint8Array(0);
}

/** Sizes of chunks: single bytes for short inputs only, all at once, and one that divides nothing. */
export function chunkSizes(byteLength: number): number[] {
  return [Math.max(1, byteLength), 7 + (byteLength >> 6), ...(byteLength <= 512 ? [1] : [])];
}

/** Checks that a result is the same for chunks of any size, and returns it. */
export async function sameForChunks<T>(
  byteLength: number,
  read: (size: number) => T | Promise<T>,
  property: string,
): Promise<T> {
  const [first = 1, ...others] = chunkSizes(byteLength);
  const whole = await read(first);
  for (const size of others) {
    const other = await read(size);
    check(
      isDeepStrictEqual(other, whole),
      property,
      () => `chunks of ${size}:\n${show(other)}\nall at once:\n${show(whole)}`,
    );
  }
  return whole;
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 600);
}
