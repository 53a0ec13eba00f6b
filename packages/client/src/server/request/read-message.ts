import { createChunkRelease } from "./chunk-release.ts";

/** What Node's streams have beside their iterator. */
interface MessageStream {
  read(): Uint8Array | null;
  pause(): unknown;
  readonly readableEnded?: boolean;
  readonly destroyed?: boolean;
  on(event: "readable" | "end" | "close", listener: () => void): unknown;
  on(event: "data", listener: (chunk: Uint8Array) => void): unknown;
  on(event: "error", listener: (error: unknown) => void): unknown;
  off(event: "data", listener: (chunk: Uint8Array) => void): unknown;
}

type Message = AsyncIterable<Uint8Array>;

/** The chunks of a request. */
export interface MessageChunks {
  next(): Promise<IteratorResult<Uint8Array, unknown>>;
  /**
   * Passes each chunk to `take`, which copies it, as it arrives, without a promise for each, until the last one or until it
   * returns false. Then `next` reads the rest.
   */
  readTo?(take: (chunk: Uint8Array) => boolean): Promise<void>;
}

/**
 * Returns the chunks of a request. It reads nothing before it is asked to, and never closes the connection, on which the
 * response is still to be sent. Node's own iterator takes longer to start than a small form to be read.
 */
export function readMessage(message: Message): MessageChunks {
  const stream = message as Message & Partial<MessageStream>;
  return isStream(stream) ? new MessageReader(stream) : message[Symbol.asyncIterator]();
}

function isStream(message: Message & Partial<MessageStream>): message is Message & MessageStream {
  return typeof message.read === "function" && typeof message.on === "function";
}

class MessageReader implements MessageChunks {
  readonly #stream: MessageStream;
  #failure: { readonly error: unknown } | undefined;
  #wake = (): void => undefined;
  #isListening = false;
  #isReadable = false;

  constructor(stream: MessageStream) {
    this.#stream = stream;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const stream = this.#stream;
    this.#listen();
    if (!this.#isReadable) stream.on("readable", () => this.#wake());
    this.#isReadable = true;
    for (;;) {
      const chunk = stream.read();
      if (chunk !== null) return { done: false, value: chunk };
      if (this.#isOver()) return { done: true, value: undefined };
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  readTo(take: (chunk: Uint8Array) => boolean): Promise<void> {
    const stream = this.#stream;
    const release = createChunkRelease(stream);
    return new Promise((resolve, reject) => {
      const end = (): void => {
        stream.off("data", onData);
        resolve();
      };
      const onData = (chunk: Uint8Array): void => {
        if (take(chunk)) {
          release(chunk);
          return;
        }
        stream.pause();
        end();
      };
      const wake = (): void => {
        try {
          if (this.#isOver()) end();
        } catch (error) {
          reject(error);
        }
      };
      this.#wake = wake;
      this.#listen();
      stream.on("data", onData);
      wake();
    });
  }

  #listen(): void {
    if (this.#isListening) return;
    this.#isListening = true;
    const wake = (): void => this.#wake();
    this.#stream.on("end", wake);
    this.#stream.on("close", wake);
    this.#stream.on("error", (error) => {
      this.#failure ??= { error };
      this.#wake();
    });
  }

  /** Returns whether nothing follows; throws what broke the request off. */
  #isOver(): boolean {
    const { readableEnded = false, destroyed } = this.#stream;
    if (!readableEnded && this.#failure) throw this.#failure.error;
    if (!readableEnded && destroyed) throw new Error("The page closed the connection.");
    return readableEnded;
  }
}

/** As much as the largest form by default: a page that sent one sees the response. */
const maxDroppedBytes = 67_108_864;
const maxDroppedMs = 30_000;

/** Reads and drops the rest of a request. One that goes on is cut: nothing is owed to what was rejected. */
export async function drop(chunks: MessageChunks, message: { destroy?(): unknown }): Promise<void> {
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
