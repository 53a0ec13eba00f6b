import type { Readable } from "node:stream";

/**
 * Gives the pieces of a stream, all that came before a failure among them: a stream's own iterator drops what it has
 * not handed out yet, and an answer that is cut may have been paid for. Listens from the call on.
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
        const changed = new Promise<void>((resolve) => {
          wake = resolve;
        });
        const piece: Uint8Array | null = stream.read();
        if (piece !== null) yield piece;
        else if (stream.readableEnded) return;
        else if (failure) throw failure.error;
        else if (stream.destroyed) throw new Error("The stream was closed.");
        else await changed;
      }
    } finally {
      stream.destroy();
    }
  }
}
