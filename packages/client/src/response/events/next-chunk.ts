import type { Runtime } from "../../async/deadline.ts";

const idleMs = 1000;

/** A chunk of a body, its end, or what cut it off. */
export type Step = IteratorResult<Uint8Array, unknown> | { readonly cause: unknown };

/** Returns the next chunk. Never rejects. */
export async function nextChunk(iterator: AsyncIterator<Uint8Array>): Promise<Step> {
  try {
    return await iterator.next();
  } catch (cause) {
    return { cause };
  }
}

/** Returns the next chunk, or the end if there is none for a second: some servers never close a stream. */
export async function nextChunkOrIdle(
  iterator: AsyncIterator<Uint8Array>,
  runtime: Runtime = globalThis as Runtime,
): Promise<Step> {
  let timer: unknown;
  const idle = new Promise<Step>((resolve) => {
    timer = runtime.setTimeout(() => resolve({ done: true, value: undefined }), idleMs);
  });
  const step = await Promise.race([nextChunk(iterator), idle]);
  runtime.clearTimeout(timer);
  return step;
}
