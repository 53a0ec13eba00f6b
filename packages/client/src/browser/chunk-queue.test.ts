import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createChunkQueue } from "./chunk-queue.ts";

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

const anyText = fc
  .array(fc.constantFrom("a", "é", "€", "😀", "\u{10ffff}", "\0"), { maxLength: 200 })
  .map((characters) => characters.join(""));

describe(createChunkQueue, () => {
  it("yields the bytes of a growing text, whenever it was read", async () => {
    await fc.assert(
      fc.asyncProperty(anyText, fc.array(fc.nat()), async (text, looks) => {
        const queue = createChunkQueue();
        const ends = looks.map((look) => look % (text.length + 1)).sort((a, b) => a - b);
        for (const end of [...ends, text.length]) queue.pushText(text.slice(0, end));
        queue.end();
        expect((await collect(queue.read())).toString()).toBe(text);
      }),
    );
  });

  it("splits a large text between characters", async () => {
    const text = `x${"😀".repeat(700_000)}`;
    const queue = createChunkQueue();
    queue.pushText(text);
    queue.end();
    expect((await collect(queue.read())).toString()).toBe(text);
  });

  it("yields any bytes that were decoded as `x-user-defined`", async () => {
    const bytes = Buffer.from(Uint8Array.from({ length: 3_000_000 }, (_, i) => i % 256));
    const queue = createChunkQueue();
    queue.pushText(
      Array.from(bytes, (byte) => String.fromCharCode(byte < 128 ? byte : 0xf700 + byte)).join(""),
    );
    queue.end();
    expect((await collect(queue.read())).equals(bytes)).toBe(true);
  });

  it("yields the bytes of a blob", async () => {
    const bytes = Uint8Array.from({ length: 3_000_000 }, (_, i) => i % 251);
    const queue = createChunkQueue();
    queue.pushBlob(new Blob([bytes]));
    queue.end();
    expect((await collect(queue.read())).equals(bytes)).toBe(true);
  });

  it("wakes a waiting reader, and yields what arrived before a failure", async () => {
    const queue = createChunkQueue();
    const chunks = queue.read();
    const first = chunks.next();
    queue.pushText("fine");
    queue.fail("cut");
    expect(Buffer.from((await first).value ?? []).toString()).toBe("fine");
    await expect(chunks.next()).rejects.toBe("cut");
  });
});
