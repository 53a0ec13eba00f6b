/** What Node's streams have beside their iterator. */
interface MessageStream {
  read(): Uint8Array | null;
  readonly readableEnded?: boolean;
  readonly destroyed?: boolean;
  on(event: "readable" | "end" | "close", listener: () => void): unknown;
  on(event: "error", listener: (error: unknown) => void): unknown;
}

type Message = AsyncIterable<Uint8Array>;

/**
 * Returns the chunks of a request. It reads nothing before it is asked to, and never closes the connection, on which the
 * response is still to be sent. Node's own iterator takes longer to start than a small form to be read.
 */
export function readMessage(message: Message): AsyncIterator<Uint8Array> {
  const stream = message as Message & Partial<MessageStream>;
  return isStream(stream) ? { next: readerOf(stream) } : message[Symbol.asyncIterator]();
}

function isStream(message: Message & Partial<MessageStream>): message is Message & MessageStream {
  return typeof message.read === "function" && typeof message.on === "function";
}

function readerOf(stream: MessageStream): () => Promise<IteratorResult<Uint8Array, undefined>> {
  let failure: { readonly error: unknown } | undefined;
  let wake = (): void => undefined;
  let isListening = false;
  return async () => {
    if (!isListening) {
      isListening = true;
      for (const event of ["readable", "end", "close"] as const) stream.on(event, () => wake());
      stream.on("error", (error) => {
        failure ??= { error };
        wake();
      });
    }
    for (;;) {
      const chunk = stream.read();
      if (chunk !== null) return { done: false, value: chunk };
      if (stream.readableEnded) return { done: true, value: undefined };
      if (failure) throw failure.error;
      if (stream.destroyed) throw new Error("The page closed the connection.");
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
}

/** As much as the largest form by default: a page that sent one sees the response. */
const maxDroppedBytes = 67_108_864;
const maxDroppedMs = 30_000;

/** Reads and drops the rest of a request. One that goes on is cut: nothing is owed to what was rejected. */
export async function drop(
  chunks: AsyncIterator<Uint8Array>,
  message: { destroy?(): unknown },
): Promise<void> {
  const timer = setTimeout(() => message.destroy?.(), maxDroppedMs);
  // Node's own type is not known here: other runtimes have numbers.
  (timer as { unref?(): unknown }).unref?.();
  try {
    for (let droppedBytes = 0; ; ) {
      const { done, value } = await chunks.next();
      if (done) return;
      droppedBytes += value.length;
      if (droppedBytes > maxDroppedBytes) {
        message.destroy?.();
        return;
      }
    }
  } finally {
    clearTimeout(timer);
  }
}
