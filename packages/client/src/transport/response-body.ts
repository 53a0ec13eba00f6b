import type { Deadline, Runtime } from "../async/deadline.ts";

/**
 * Creates a response body that can be closed at any time: before its first chunk is requested, or while one is
 * pending. In these states a generator's own `return` would do nothing, or block.
 */
export function closableBody(
  chunks: AsyncIterator<Uint8Array, void, undefined> & { return(value: undefined): Promise<unknown> },
  close: () => void,
): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => chunks.next(),
      async return() {
        close();
        await chunks.return(undefined);
        return { done: true, value: undefined };
      },
    }),
  };
}

/** Wraps a response body: reads respect the deadline, and closing never blocks. */
export function guardBody(body: AsyncIterable<Uint8Array>, deadline: Deadline): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      const iterator = body[Symbol.asyncIterator]();
      const close = (): void => {
        // Not awaited: it would wait for the pending read, and it has no result.
        void (async () => iterator.return?.())().catch(() => undefined);
      };
      return {
        next: () =>
          deadline.race(iterator.next()).catch((error: unknown) => {
            close();
            throw error;
          }),
        async return() {
          close();
          return { done: true, value: undefined };
        },
      };
    },
  };
}

/**
 * Reads the beginning of an error body: at most `maxBytes`, for at most `maxMs`. It never throws: for a slow, endless
 * or truncated body it returns the bytes received so far.
 */
export async function readCapped(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
  maxMs: number,
  runtime: Runtime = globalThis as Runtime,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  const iterator = body[Symbol.asyncIterator]();
  let length = 0;
  let timer: unknown;
  const late = new Promise<undefined>((resolve) => {
    timer = runtime.setTimeout(() => resolve(undefined), maxMs);
  });
  try {
    while (length < maxBytes) {
      const step = await Promise.race([iterator.next(), late]);
      if (!step || step.done) break;
      chunks.push(step.value.slice(0, maxBytes - length));
      length += step.value.length;
    }
  } catch {
    // The status is reported with or without a body.
  }
  runtime.clearTimeout(timer);
  // Not awaited: closing waits for the pending read.
  void Promise.resolve(iterator.return?.()).catch(() => undefined);
  const bytes = new Uint8Array(Math.min(length, maxBytes));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
