import type { Deadline } from "../async/deadline.ts";

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
