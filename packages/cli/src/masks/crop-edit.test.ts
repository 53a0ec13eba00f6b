import sharp from "sharp";
import { expect, it } from "vitest";
import { cropEdit } from "./crop-edit.ts";
import { editRectangle, encodeMask, keepAll } from "./mask-pixels.ts";
import { pasteBack } from "./paste-back.ts";

it("a 4000x3000 photograph edited in a crop comes back 4000x3000, exact outside the mask", async () => {
  const photo = await sharp({
    create: {
      width: 4000,
      height: 3000,
      channels: 3,
      background: "#000",
      noise: { type: "gaussian", mean: 128, sigma: 40 },
    },
  })
    .withMetadata({ orientation: 6 })
    .jpeg({ quality: 90 })
    .toBuffer();
  const pixels = keepAll(3000, 4000);
  editRectangle(pixels, { x: 2000, y: 3000, width: 400, height: 300 });
  const mask = await encodeMask(pixels);
  const crop = await cropEdit(photo, mask, { label: "photo.jpg", model: "gpt-image-1", size: undefined });
  expect(crop.size).toBe("1024x1024");
  const { box } = crop.record;
  expect(box).toEqual({ x: 1800, y: 2750, width: 800, height: 800 });
  expect(await sharp(crop.image).metadata()).toMatchObject({ width: 800, height: 800, format: "png" });
  expect(await sharp(crop.mask).metadata()).toMatchObject({ width: 800, height: 800, hasAlpha: true });

  const green = sharp({ create: { width: 512, height: 1024, channels: 3, background: "#00ff00" } }).png();
  const result = await sharp({ create: { width: 1024, height: 1024, channels: 3, background: "#0000ff" } })
    .composite([{ input: await green.toBuffer(), left: 0, top: 0 }])
    .png()
    .toBuffer();
  const pasted = await pasteBack(photo, mask, result, { box });
  expect(pasted).toMatchObject({ width: 3000, height: 4000, mediaType: "image/png" });
  const [before, after] = await Promise.all(
    [sharp(photo).autoOrient(), sharp(pasted?.bytes)].map((image) => image.ensureAlpha().raw().toBuffer()),
  );
  const rows = (data: Buffer | undefined, from: number, to: number) =>
    data?.subarray(4 * 3000 * from, 4 * 3000 * to);
  expect(rows(after, 0, 3000)?.equals(rows(before, 0, 3000) ?? Buffer.of())).toBe(true);
  expect(rows(after, 3300, 4000)?.equals(rows(before, 3300, 4000) ?? Buffer.of())).toBe(true);
  // The middle of the crop, 1800 + 800 / 2, is where green ends.
  const at = (x: number) => [...(after?.subarray(4 * (3150 * 3000 + x), 4 * (3150 * 3000 + x) + 4) ?? [])];
  expect([at(2190), at(2210)]).toEqual([
    [0, 255, 0, 255],
    [0, 0, 255, 255],
  ]);
  for (const x of [1999, 2400]) {
    const outside = 4 * (3150 * 3000 + x);
    expect(after?.subarray(outside, outside + 4)).toEqual(before?.subarray(outside, outside + 4));
  }
});
