import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { editRectangle, encodeMask, keepAll } from "./mask-pixels.ts";
import { pasteBack } from "./paste-back.ts";

const plain = (width: number, height: number, background: string) =>
  sharp({ create: { width, height, channels: 3, background } })
    .png()
    .toBuffer();

async function mask(width: number, height: number): Promise<Uint8Array> {
  const pixels = keepAll(width, height);
  editRectangle(pixels, { x: width / 4, y: height / 4, width: width / 2, height: height / 2 });
  return encodeMask(pixels);
}
async function pixelsOf(bytes: Uint8Array): Promise<(x: number, y: number) => number[]> {
  const { data, info } = await sharp(bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return (x, y) => [...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3)];
}

describe(pasteBack, () => {
  it("keeps every pixel outside the mask exactly, and the edit inside", async () => {
    const pasted = await pasteBack(
      await plain(64, 64, "#102030"),
      await mask(64, 64),
      await plain(64, 64, "#ff0000"),
    );
    const at = await pixelsOf(pasted?.bytes ?? new Uint8Array());
    for (let x = 0; x < 64; x++) {
      for (const y of [0, 15, 48, 63]) expect(at(x, y)).toEqual([0x10, 0x20, 0x30]);
    }
    expect(at(32, 32)).toEqual([255, 0, 0]);
    expect(pasted?.drift).toEqual({
      meanDifference: expect.closeTo((239 + 32 + 48) / 3, 3),
      changedShare: 1,
    });
  });

  it("returns the size of the original, whatever the size of the result", async () => {
    const pasted = await pasteBack(
      await plain(64, 64, "#102030"),
      await mask(64, 64),
      await plain(128, 128, "#ff0000"),
    );
    const at = await pixelsOf(pasted?.bytes ?? new Uint8Array());
    expect(await sharp(pasted?.bytes).metadata()).toMatchObject({ width: 64, height: 64 });
    expect(at(15, 32)).toEqual([0x10, 0x20, 0x30]);
    expect(at(32, 32)).toEqual([255, 0, 0]);
  });

  it("measures no drift if the model changed nothing outside the mask", async () => {
    const same = await plain(32, 32, "#406080");
    expect((await pasteBack(same, await mask(32, 32), same))?.drift).toEqual({
      meanDifference: 0,
      changedShare: 0,
    });
  });

  it("accepts a JPEG without its end marker, which viewers open", async () => {
    const jpeg = await sharp(await plain(32, 32, "#102030"))
      .jpeg()
      .toBuffer();
    const pasted = await pasteBack(jpeg.subarray(0, -2), await mask(32, 32), jpeg.subarray(0, -2));
    expect(pasted?.drift.changedShare).toBe(0);
  });

  it.each(["png", "jpeg"] as const)("rejects a %s result that lacks pixels", async (format) => {
    const original = await plain(64, 64, "#102030");
    const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, at) => Math.imul(at, 2_654_435_761) >>> 24);
    const result = await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
      .toFormat(format)
      .toBuffer();
    await expect(pasteBack(original, await mask(64, 64), result.subarray(0, -400))).rejects.toThrow();
  });

  it("is lossless, except for a JPEG that was asked for", async () => {
    const original = await plain(32, 32, "#102030");
    const jpeg = await sharp(await plain(32, 32, "#ff0000"))
      .jpeg()
      .toBuffer();
    const webp = await sharp(await plain(32, 32, "#ff0000"))
      .webp()
      .toBuffer();
    const format = async (result: Uint8Array, asJpeg?: boolean) => {
      const pasted = await pasteBack(original, await mask(32, 32), result, { asJpeg });
      expect(pasted?.mediaType).toBe(`image/${(await sharp(pasted?.bytes).metadata()).format}`);
      return pasted?.mediaType;
    };
    expect(await format(jpeg)).toBe("image/png");
    expect(await format(jpeg, true)).toBe("image/jpeg");
    expect(await format(webp)).toBe("image/webp");
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    "keeps every pixel outside the mask of a photograph with EXIF orientation %i, upright",
    async (orientation) => {
      const noise = Uint8Array.from({ length: 96 * 64 * 3 }, (_, at) => Math.imul(at, 2_654_435_761) >>> 24);
      const photo = await sharp(noise, { raw: { width: 96, height: 64, channels: 3 } })
        .withMetadata({ orientation })
        .jpeg({ quality: 95 })
        .toBuffer();
      const expected = await sharp(photo).autoOrient().raw().toBuffer({ resolveWithObject: true });
      const [width, height] = [expected.info.width, expected.info.height];
      // The mask is of the stored pixels, as preflight wants it: upright it is somewhere else.
      const stored = keepAll(96, 64);
      editRectangle(stored, { x: 0, y: 0, width: 20, height: 10 });
      const upright = await sharp(stored.keep, { raw: { width: 96, height: 64, channels: 1 } })
        .withMetadata({ orientation })
        .png()
        .toBuffer()
        .then((png) => sharp(png).autoOrient().extractChannel(0).raw().toBuffer());
      // A server that ignores EXIF responds in the stored frame; one that obeys it, upright.
      const red = { create: { width: 96, height: 64, channels: 3, background: "#ff0000" } } as const;
      const inStored = await sharp(red).png().toBuffer();
      const inUpright = await sharp({ create: { ...red.create, width, height } })
        .png()
        .toBuffer();
      for (const result of [inStored, inUpright]) {
        const pasted = await pasteBack(photo, await encodeMask(stored), result);
        expect(pasted).toMatchObject({ width, height, mediaType: "image/png" });
        const { data } = await sharp(pasted?.bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true });
        const differs = [];
        for (let pixel = 0; pixel < width * height; pixel++) {
          const isKept = upright[pixel] === 255;
          const isSame = data
            .subarray(3 * pixel, 3 * pixel + 3)
            .equals(expected.data.subarray(3 * pixel, 3 * pixel + 3));
          if (isKept !== isSame) differs.push(pixel);
        }
        expect(differs).toEqual([]);
      }
    },
  );

  it("returns undefined for a result with another aspect ratio", async () => {
    const wide = await plain(96, 64, "#ff0000");
    expect(await pasteBack(await plain(64, 64, "#102030"), await mask(64, 64), wide)).toBeUndefined();
    const almostSquare = await plain(200, 199, "#ff0000");
    expect(await pasteBack(await plain(64, 64, "#102030"), await mask(64, 64), almostSquare)).toBeDefined();
  });
});
