import { describe, expect, it } from "vitest";
import { inChunks, thenCut } from "../../fixtures/in-chunks.ts";
import { gatherPieces } from "./chunk-reader.ts";

const bytes = Uint8Array.from({ length: 10 }, (_, index) => index);

/** A body whose pieces come when they are sent. */
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

describe(gatherPieces, () => {
  it("takes what is there together, up to the piece that makes it enough", async () => {
    const pieces = gatherPieces(inChunks(bytes, 3));
    expect((await pieces.take(5)).map((piece) => [...piece])).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    expect((await pieces.take(100)).map((piece) => [...piece])).toEqual([[6, 7, 8], [9]]);
    expect(pieces.isOver).toBe(true);
    expect(pieces.cut).toBeUndefined();
    expect(await pieces.take(100)).toEqual([]);
  });

  it("takes nothing rather than wait, and loses nothing by that", async () => {
    const slow = body();
    const pieces = gatherPieces(slow);
    expect(await pieces.take(100)).toEqual([]);
    const arrival = pieces.arrival();
    expect(slow.asked).toHaveLength(1);
    slow.asked[0]?.({ done: false, value: bytes });
    await arrival;
    expect(slow.asked).toHaveLength(1);
    expect(await pieces.take(100)).toEqual([bytes]);
    expect(pieces.isOver).toBe(false);
    pieces.close();
    expect(slow.isClosed()).toBe(true);
  });

  it("gives what was not taken, then throws what cut it", async () => {
    const cause = new Error("cut");
    const pieces = gatherPieces(thenCut(bytes, cause));
    await pieces.arrival();
    const rest: number[] = [];
    const reading = (async () => {
      for await (const piece of pieces.rest()) rest.push(...piece);
    })();
    await expect(reading).rejects.toBe(cause);
    expect(rest).toEqual([...bytes]);
    expect(pieces.cut?.cause).toBe(cause);
  });
});
