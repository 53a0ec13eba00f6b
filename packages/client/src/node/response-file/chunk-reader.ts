import { nextTick } from "../transport/write-body.ts";

/** Reader of a body's chunks as they arrive. */
export interface ChunkReader {
  /** Waits until a chunk or the end has arrived. */
  waitForChunk(): Promise<void>;
  /** Returns the chunks that have arrived and keep arriving without a pause, until they total `maxBytes`. */
  read(maxBytes: number): Promise<Uint8Array[]>;
  /** Whether everything was read; `cut` holds the error that ended it early. */
  readonly isOver: boolean;
  readonly cut: { readonly cause: unknown } | undefined;
  /** Yields the chunks that were not read; at its end throws the error that cut it off. */
  rest(): AsyncGenerator<Uint8Array>;
  /** Discards what was not read. Never waits. */
  close(): void;
}

type Step = { readonly chunk?: Uint8Array; readonly cut?: { readonly cause: unknown } };

/** Creates a reader that batches small chunks and requests none before it is needed. */
export function createChunkReader(body: AsyncIterable<Uint8Array>, tick = nextTick): ChunkReader {
  const iterator = body[Symbol.asyncIterator]();
  let pending: Promise<Step> | undefined;

  function peek(): Promise<Step> {
    pending ??= iterator.next().then(
      (step) => (step.done ? {} : { chunk: step.value }),
      (cause: unknown) => ({ cut: { cause } }),
    );
    return pending;
  }

  /** Handles a step that arrived; returns undefined at the end. */
  function accept(step: Step): Uint8Array | undefined {
    pending = undefined;
    reader.cut = step.cut;
    reader.isOver = step.chunk === undefined;
    return step.chunk;
  }

  const reader: ChunkReader & { isOver: boolean; cut: Step["cut"] } = {
    isOver: false,
    cut: undefined,
    async waitForChunk() {
      if (!reader.isOver) await peek();
    },
    async read(maxBytes) {
      const chunks: Uint8Array[] = [];
      for (let byteLength = 0; !reader.isOver && byteLength < maxBytes; ) {
        // Data already in the system's buffer is available after one tick of the event loop.
        const step = await Promise.race([peek(), tick()]);
        if (!step) break;
        const chunk = accept(step);
        if (!chunk) break;
        chunks.push(chunk);
        byteLength += chunk.length;
      }
      return chunks;
    },
    async *rest() {
      while (!reader.isOver) {
        const chunk = accept(await peek());
        if (chunk) yield chunk;
      }
      if (reader.cut) throw reader.cut.cause;
    },
    close() {
      if (!reader.isOver) void (async () => iterator.return?.())().catch(() => undefined);
    },
  };
  return reader;
}
