import type { Readable } from "node:stream";

/**
 * Yields the chunks of a stream, including all that arrived before a failure: the stream's own iterator drops data
 * that it has not yielded yet, and a response that is cut off may have been billed. Listens from the call on. Not a
 * generator, which takes more turns for each chunk.
 */
export function readStream(stream: Readable): AsyncGenerator<Uint8Array> {
  let failure: { readonly error: unknown } | undefined;
  let isOver = false;
  let wake = (): void => undefined;
  const onEvent = (): void => wake();
  stream.on("readable", onEvent);
  stream.on("end", onEvent);
  stream.on("close", onEvent);
  stream.on("error", (error) => {
    failure ??= { error };
    wake();
  });

  function end(): void {
    isOver = true;
    stream.destroy();
  }

  return {
    async next() {
      while (!isOver) {
        const chunk: Uint8Array | null = stream.read();
        if (chunk !== null) return { done: false, value: chunk };
        if (stream.readableEnded) end();
        else if (failure || stream.destroyed) {
          end();
          throw failure ? failure.error : new Error("The stream was closed.");
        } else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
      return { done: true, value: undefined };
    },
    async return() {
      end();
      return { done: true, value: undefined };
    },
    async throw(error) {
      end();
      throw error;
    },
    async [Symbol.asyncDispose]() {
      end();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
