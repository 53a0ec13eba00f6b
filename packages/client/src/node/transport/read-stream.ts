import type { Readable } from "node:stream";

/**
 * Yields the chunks of a stream, including all that arrived before a failure: the stream's own iterator drops data
 * that it has not yielded yet, and a response that is cut off may have been billed. Listens from the call on.
 */
export function readStream(stream: Readable): AsyncGenerator<Uint8Array> {
  let failure: { readonly error: unknown } | undefined;
  let wake = (): void => undefined;
  stream.on("readable", () => wake());
  stream.on("end", () => wake());
  stream.on("close", () => wake());
  stream.on("error", (error) => {
    failure ??= { error };
    wake();
  });
  return read();

  async function* read(): AsyncGenerator<Uint8Array> {
    try {
      while (true) {
        const chunk: Uint8Array | null = stream.read();
        if (chunk !== null) yield chunk;
        else if (stream.readableEnded) return;
        else if (failure) throw failure.error;
        else if (stream.destroyed) throw new Error("The stream was closed.");
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    } finally {
      stream.destroy();
    }
  }
}
