import { describe, expect, it } from "vitest";
import { inChunks, thenCut } from "../../fixtures/in-chunks.ts";
import { createChunkReader } from "./chunk-reader.ts";

const bytes = Uint8Array.from({ length: 10 }, (_, index) => index);

/** A body whose chunks come when they are sent. */
function body() {
  const asked: ((result: IteratorResult<Uint8Array>) => void)[] = [];
  let isClosed = false;
  return {
    asked,
    isClosed: () => isClosed,
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise<IteratorResult<Uint8Array>>((resolve) => asked.push(resolve)),
      async return() {
        isClosed = true;
        return { done: true as const, value: undefined };
      },
    }),
  };
}

describe(createChunkReader, () => {
  it("returns the available chunks together, until they total enough bytes", async () => {
    const chunks = createChunkReader(inChunks(bytes, 3));
    expect((await chunks.read(5)).map((chunk) => [...chunk])).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    expect((await chunks.read(100)).map((chunk) => [...chunk])).toEqual([[6, 7, 8], [9]]);
    expect(chunks.isOver).toBe(true);
    expect(chunks.cut).toBeUndefined();
    expect(await chunks.read(100)).toEqual([]);
  });

  it("returns no chunk instead of blocking, without losing data", async () => {
    const slow = body();
    const chunks = createChunkReader(slow);
    expect(await chunks.read(100)).toEqual([]);
    const waitForChunk = chunks.waitForChunk();
    expect(slow.asked).toHaveLength(1);
    slow.asked[0]?.({ done: false, value: bytes });
    await waitForChunk;
    expect(slow.asked).toHaveLength(1);
    expect(await chunks.read(100)).toEqual([bytes]);
    expect(chunks.isOver).toBe(false);
    chunks.close();
    expect(slow.isClosed()).toBe(true);
  });

  it("yields the chunks that were not read, then throws what cut it off", async () => {
    const cause = new Error("cut");
    const chunks = createChunkReader(thenCut(bytes, cause));
    await chunks.waitForChunk();
    const rest: number[] = [];
    const reading = (async () => {
      for await (const chunk of chunks.rest()) rest.push(...chunk);
    })();
    await expect(reading).rejects.toBe(cause);
    expect(rest).toEqual([...bytes]);
    expect(chunks.cut?.cause).toBe(cause);
  });
});
