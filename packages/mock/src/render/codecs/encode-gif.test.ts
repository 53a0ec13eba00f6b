import fc from "fast-check";
import sharp from "sharp";
import { expect, test } from "vitest";
import type { Pixels } from "../edit-job.ts";
import { encodeGif } from "./encode-gif.ts";

/** Colors that a table of 15 bits holds exactly. */
const exact = (step: number) => Math.round((step * 255) / 31);

function pixelsOf(width: number, height: number, colorAt: (index: number) => readonly number[]): Pixels {
  const data = new Uint8ClampedArray(width * height * 4);
  for (let index = 0; index < width * height; index += 1) data.set(colorAt(index), index * 4);
  return { width, height, data };
}

/** Decodes a page with sharp, whose GIF reader has nothing in common with our writer. */
async function decode(bytes: Uint8Array, page = 0): Promise<Uint8Array> {
  return sharp(bytes, { page }).ensureAlpha().raw().toBuffer();
}

const color = fc.tuple(
  ...[0, 1, 2].map(() => fc.integer({ min: 0, max: 31 }).map(exact)),
  fc.constantFrom(0, 255),
);

test("writes every pixel of up to 60 colors exactly", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(color, { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 40 }),
      fc.infiniteStream(fc.nat()),
      async (colors, width, height, choices) => {
        const picks = Array.from({ length: width * height }, () => Number(choices.next().value));
        const frame = pixelsOf(width, height, (index) => colors[(picks[index] ?? 0) % colors.length] ?? []);
        const seen = await decode(await encodeGif(frame, [frame], 100));
        for (let at = 0; at < frame.data.length; at += 4) {
          const expected = frame.data[at + 3] === 0 ? [0] : [...frame.data.slice(at, at + 4)];
          const actual = seen[at + 3] === 0 ? [0] : [...seen.slice(at, at + 4)];
          expect(actual).toEqual(expected);
        }
      },
    ),
    { numRuns: 60 },
  );
});

test("writes noise that fills the code table many times", async () => {
  let state = 1;
  const frame = pixelsOf(400, 300, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return [exact((state >>> 16) % 31), exact((state >>> 24) % 6), 0, 255];
  });
  expect(Buffer.from(await decode(await encodeGif(frame, [frame], 100)))).toEqual(Buffer.from(frame.data));
});

test("keeps more than 255 colors close to what they were", async () => {
  const frame = pixelsOf(128, 128, (index) => [(index % 128) * 2, Math.floor(index / 128) * 2, 128, 255]);
  const seen = await decode(await encodeGif(frame, [frame], 100));
  const worst = frame.data.reduce((most, value, at) => Math.max(most, Math.abs(value - (seen[at] ?? 0))), 0);
  expect(worst).toBeLessThan(24);
});

test.each([
  [204, 200],
  [205, 210],
  [1, 10],
  [655_350, 655_350],
])("rounds %i ms to %i ms", async (given, delay) => {
  const frame = pixelsOf(2, 2, () => [0, 0, 0, 255]);
  const metadata = await sharp(await encodeGif(frame, [frame, frame], given)).metadata();
  expect(metadata).toMatchObject({ pages: 2, delay: [delay, delay], loop: 0 });
});

test("clears a frame with transparency before the next one", async () => {
  const left = pixelsOf(2, 1, (index) => (index === 0 ? [255, 0, 0, 255] : [0, 0, 0, 0]));
  const right = pixelsOf(2, 1, (index) => (index === 1 ? [255, 0, 0, 255] : [0, 0, 0, 0]));
  const second = await decode(await encodeGif(left, [left, right], 100), 1);
  expect([second[3], second[7]]).toEqual([0, 255]);
});
