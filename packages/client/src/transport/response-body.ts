import type { Deadline } from "../async/deadline.ts";

/**
 * Makes an answer's body that can be closed at any time: before its first piece is asked for, and while one is awaited,
 * when a generator's own `return` would do nothing, or wait.
 */
export function closableBody(
  chunks: AsyncGenerator<Uint8Array>,
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

/** Makes an answer's body obey the deadline, and closing it never wait, whatever the transport below does. */
export function guardBody(body: AsyncIterable<Uint8Array>, deadline: Deadline): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      const iterator = body[Symbol.asyncIterator]();
      const close = (): void => {
        // Not awaited: it waits for the read that hangs, and has nothing to tell.
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
 * Reads the beginning of a body that explains a failure: at most `maxBytes`, and no longer than `maxMs`. It never
 * throws: a body that is slow, endless or cut leaves what came before.
 */
export async function readCapped(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
  maxMs: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  const iterator = body[Symbol.asyncIterator]();
  let length = 0;
  let timer: unknown;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, maxMs);
  });
  try {
    while (length < maxBytes) {
      const step = await Promise.race([iterator.next(), late]);
      if (!step || step.done) break;
      chunks.push(step.value.slice(0, maxBytes - length));
      length += step.value.length;
    }
  } catch {
    // The status is told with or without its body.
  }
  clearTimeout(timer as number);
  // Not awaited: closing waits for the read that hangs.
  void Promise.resolve(iterator.return?.()).catch(() => undefined);
  const bytes = new Uint8Array(Math.min(length, maxBytes));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
