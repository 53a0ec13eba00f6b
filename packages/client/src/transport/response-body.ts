/**
 * Makes an answer's body that can be closed at any time: before its first piece is asked for, and while one is awaited,
 * when a generator's own `return` would do nothing, or wait.
 */
export function closableBody(
  pieces: AsyncGenerator<Uint8Array>,
  close: () => void,
): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => pieces.next(),
      async return() {
        close();
        await pieces.return(undefined);
        return { done: true, value: undefined };
      },
    }),
  };
}
