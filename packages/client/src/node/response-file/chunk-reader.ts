import { nextTick } from "../transport/write-body.ts";

/** The pieces of a body, taken as they are there. */
export interface ChunkReader {
  /** Waits until a piece has come, or the end. */
  waitForChunk(): Promise<void>;
  /** Takes what has come and goes on coming without a pause, up to the piece that makes it `enoughBytes`. */
  take(enoughBytes: number): Promise<Uint8Array[]>;
  /** Whether everything was taken; `cut` tells what ended it early. */
  readonly isOver: boolean;
  readonly cut: { readonly cause: unknown } | undefined;
  /** Gives what was not taken, and at its end throws what cut it. */
  rest(): AsyncGenerator<Uint8Array>;
  /** Gives up what was not taken. Never waits. */
  close(): void;
}

type Step = { readonly chunk?: Uint8Array; readonly cut?: { readonly cause: unknown } };

/** Reads a body so that small pieces can be handled together, and none is asked for before it is wanted. */
export function createChunkReader(body: AsyncIterable<Uint8Array>): ChunkReader {
  const iterator = body[Symbol.asyncIterator]();
  let coming: Promise<Step> | undefined;
  let isOver = false;
  let cut: Step["cut"];

  function peek(): Promise<Step> {
    coming ??= iterator.next().then(
      (step) => (step.done ? {} : { chunk: step.value }),
      (cause: unknown) => ({ cut: { cause } }),
    );
    return coming;
  }

  /** Takes a step that came; undefined at the end. */
  function accept(step: Step): Uint8Array | undefined {
    coming = undefined;
    cut = step.cut;
    isOver = step.chunk === undefined;
    return step.chunk;
  }

  return {
    get isOver() {
      return isOver;
    },
    get cut() {
      return cut;
    },
    async waitForChunk() {
      if (!isOver) await peek();
    },
    async take(enoughBytes) {
      const chunks: Uint8Array[] = [];
      for (let byteLength = 0; !isOver && byteLength < enoughBytes; ) {
        // What the system holds already is there after one turn of the event loop.
        const step = await Promise.race([peek(), nextTick()]);
        if (!step) break;
        const chunk = accept(step);
        if (!chunk) break;
        chunks.push(chunk);
        byteLength += chunk.length;
      }
      return chunks;
    },
    async *rest() {
      while (!isOver) {
        const chunk = accept(await peek());
        if (chunk) yield chunk;
      }
      if (cut) throw cut.cause;
    },
    close() {
      if (!isOver) void (async () => iterator.return?.())().catch(() => undefined);
    },
  };
}
