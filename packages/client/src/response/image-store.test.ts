import fc from "fast-check";
import { expect, it } from "vitest";
import { memoryStore } from "./image-store.ts";

const patternOf = (byteLength: number, seed: number) =>
  Uint8Array.from({ length: byteLength }, (_, index) => (index * 31 + seed) % 251);
const sizes = fc.constantFrom(1, 100, 3072, 49_152, 65_535, 65_536, 70_000);

it("returns every byte once and in order, however it was written", async () => {
  const write = fc.record({ size: sizes, isReserved: fc.boolean(), isRejected: fc.boolean() });
  const places = fc.tuple(fc.nat(500_000), fc.nat(500_000));
  await fc.assert(
    fc.asyncProperty(fc.array(write, { maxLength: 12 }), places, async (writes, [start, end]) => {
      const image = memoryStore.open();
      const expected: Uint8Array[] = [];
      for (const [seed, { size, isReserved, isRejected }] of writes.entries()) {
        const bytes = patternOf(size, seed);
        if (isReserved) {
          const place = image.reserve?.(size);
          place?.set(bytes);
          // What was decoded there is not valid: it does not count.
          if (isRejected || !place) continue;
          image.write(place);
        } else image.write(bytes.slice());
        expected.push(bytes);
      }
      const whole = Buffer.concat(expected);
      expect(image.byteLength).toBe(whole.length);
      expect(whole.equals(await image.slice(0, image.byteLength))).toBe(true);
      expect(whole.subarray(start, end).equals(await image.slice(start, end))).toBe(true);
      const chunks: Uint8Array[] = [];
      for await (const chunk of image.chunks()) chunks.push(chunk);
      expect(whole.equals(Buffer.concat(chunks))).toBe(true);
    }),
    { numRuns: 100 },
  );
});

it("lets other work run while large images are copied, and returns copies of the caller's own", async () => {
  const image = memoryStore.open();
  const bytes = patternOf(5_000_000, 1);
  for (let at = 0; at < bytes.length; at += 49_152) image.write(bytes.slice(at, at + 49_152));
  let turns = 0;
  let isOver = false;
  const count = (): void => {
    turns++;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  const first = await image.slice(0, bytes.length);
  isOver = true;
  expect(turns).toBeGreaterThanOrEqual(2);
  first.fill(0);
  expect(Buffer.from(bytes).equals(await image.slice(0, bytes.length))).toBe(true);
});
