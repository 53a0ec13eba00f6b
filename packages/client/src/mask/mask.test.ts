import { readFileSync } from "node:fs";
import fc from "fast-check";
import sharp from "sharp";
import { afterEach, describe, expect, it, vi } from "vitest";
import { isInvalidInputError } from "../errors/errors.ts";
import { makeJpeg } from "../fixtures/make-jpeg.ts";
import { ihdr, makePng, type PngRecipe, pngChunk, pngSignature } from "../fixtures/make-png.ts";
import { openByteSource } from "../media/byte-source.ts";
import { inspectImage } from "../media/inspect-image.ts";
import { inspectMask } from "../media/inspect-mask.ts";
import * as entry from "./index.ts";
import { createMask, type Mask, maskFromAlpha, maskFromBlackWhite } from "./index.ts";

/** Returns the mask as a drawing: `#` is preserved, `.` is edited. */
function draw({ alpha, width, height }: Mask): string[] {
  return Array.from({ length: height }, (_, y) =>
    Array.from(alpha.subarray(y * width, (y + 1) * width), (value) =>
      value === 255 ? "#" : value === 0 ? "." : "?",
    ).join(""),
  );
}

it("exports exactly these names", () => {
  expect(Object.keys(entry).sort()).toEqual(["createMask", "maskFromAlpha", "maskFromBlackWhite"]);
});

describe(createMask, () => {
  it("preserves everything initially", () => {
    expect(draw(createMask({ width: 3, height: 2 }))).toEqual(["###", "###"]);
  });

  it("marks a rectangle", () => {
    const mask = createMask({ width: 6, height: 4 }).rectangle({ x: 1, y: 1, width: 3, height: 2 });
    expect(draw(mask)).toEqual(["######", "#...##", "#...##", "######"]);
  });

  it("marks the pixels whose centers are inside a fractional box", () => {
    const mask = createMask({ width: 4, height: 1 }).rectangle({ x: 0.6, y: 0.4, width: 2, height: 0.2 });
    expect(draw(mask)).toEqual(["#..#"]);
  });

  it("ignores parts of a box outside the image", () => {
    const mask = createMask({ width: 4, height: 3 }).rectangle({ x: -5, y: 2, width: 7, height: 1e12 });
    expect(draw(mask)).toEqual(["####", "####", "..##"]);
  });

  it("marks an ellipse", () => {
    const mask = createMask({ width: 8, height: 6 }).ellipse({ x: 1, y: 1, width: 6, height: 4 });
    expect(draw(mask)).toEqual(["########", "##....##", "#......#", "#......#", "##....##", "########"]);
  });

  it("marks as many pixels as the area of an ellipse", () => {
    const mask = createMask({ width: 1000, height: 800 }).ellipse({
      x: 100,
      y: 100,
      width: 700,
      height: 500,
    });
    const marked = mask.alpha.filter((value) => value === 0).length;
    expect(Math.abs(marked / ((Math.PI * 700 * 500) / 4) - 1)).toBeLessThan(0.001);
  });

  it("combines shapes and inverts them", () => {
    const mask = createMask({ width: 4, height: 2 })
      .rectangle({ x: 0, y: 0, width: 1, height: 1 })
      .rectangle({ x: 3, y: 1, width: 1, height: 1 })
      .invert();
    expect(draw(mask)).toEqual(["#...", "...#"]);
  });

  it("resizes to the nearest pixel without changing the original mask", () => {
    const mask = createMask({ width: 2, height: 2 }).rectangle({ x: 1, y: 0, width: 1, height: 1 });
    expect(draw(mask.resize({ width: 5, height: 4 }))).toEqual(["##...", "##...", "#####", "#####"]);
    expect(draw(mask.resize({ width: 1, height: 1 }))).toEqual(["#"]);
    expect(draw(mask)).toEqual(["#.", "##"]);
  });

  it.each([
    [0, 5],
    [5, -1],
    [1.5, 5],
    [Number.NaN, 5],
    [Number.POSITIVE_INFINITY, 5],
    ["5" as unknown as number, 5],
  ])("rejects a size of %s x %s", (width, height) => {
    const message = `A mask cannot be ${width}x${height}. Give the width and height of the image in pixels, as integers.`;
    expect(() => createMask({ width, height })).toThrow(message);
    expect(() => createMask({ width: 2, height: 2 }).resize({ width, height })).toThrow(message);
  });

  it("rejects a huge mask without allocating its memory", () => {
    expect(() => createMask({ width: 2 ** 31, height: 2 ** 31 })).toThrow(
      "is too large: the maximum is 134217728 pixels",
    );
    expect(() => createMask({ width: 1, height: 1 }).resize({ width: 20_000, height: 20_000 })).toThrow(
      "too large",
    );
  });

  it.each(["rectangle", "ellipse"] as const)("rejects an invalid %s with a message", (shape) => {
    const mask = createMask({ width: 10, height: 8 });
    for (const box of [
      { x: 0, y: 0, width: 0, height: 4 },
      { x: 0, y: 0, width: 4, height: -4 },
      { x: Number.NaN, y: 0, width: 4, height: 4 },
      { x: 0, y: 0, width: Number.POSITIVE_INFINITY, height: 4 },
      { x: "1" as unknown as number, y: 0, width: 4, height: 4 },
    ]) {
      expect(() => mask[shape](box)).toThrow(
        `The ${shape} cannot be ${box.width}x${box.height} at ${box.x},${box.y}.`,
      );
    }
    for (const [x, y] of [
      [10, 0],
      [0, 8],
      [-4, 0],
      [1e15, 1e15],
    ] as const) {
      expect(() => mask[shape]({ x, y, width: 4, height: 4 })).toThrow(/covers no pixel .* is outside 10x8/);
    }
    expect(draw(mask).join("")).not.toContain(".");
    try {
      mask[shape]({ x: 99, y: 0, width: 4, height: 4 });
    } catch (error) {
      expect(isInvalidInputError(error) && error.problems[0]?.code).toBe("outside");
    }
  });
});

describe("toPng", () => {
  it("writes a PNG that an image decoder reads, with only alpha 0 and 255", async () => {
    const mask = createMask({ width: 301, height: 203 }).ellipse({ x: 10, y: 20, width: 200, height: 100 });
    const png = await mask.toPng();
    const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width: 301, height: 203, channels: 4 });
    expect(Buffer.from(data.filter((_, index) => index % 4 === 3)).equals(Buffer.from(mask.alpha))).toBe(
      true,
    );
    expect(data.some((value, index) => index % 4 !== 3 && value !== 0)).toBe(false);
    expect((await inspectImage(openByteSource(png))).problem).toBeUndefined();
  });

  it("writes a PNG that the mask inspection accepts", async () => {
    const png = await createMask({ width: 64, height: 48 })
      .rectangle({ x: 1, y: 2, width: 3, height: 4 })
      .toPng();
    expect(await inspectMask(openByteSource(png))).toEqual({
      widthPx: 64,
      heightPx: 48,
      hasAlpha: true,
      transparentPixels: "some",
      softAlpha: false,
    });
  });

  it("stays far below 4 MB for an image of 24 megapixels", async () => {
    const png = await createMask({ width: 6000, height: 4000 })
      .ellipse({ x: 99, y: 99, width: 4321, height: 3210 })
      .toPng();
    expect(png.length).toBeLessThan(400_000);
  });

  it("writes a mask wider than one batch of rows", async () => {
    const png = await createMask({ width: 100_000, height: 2 })
      .rectangle({ x: 70_000, y: 1, width: 9, height: 1 })
      .toPng();
    expect((await maskFromAlpha(png)).alpha.filter((value) => value === 0)).toHaveLength(9);
  });
});

describe.each(["Node's zlib", "DecompressionStream"])("reading with %s", (unpacker) => {
  afterEach(() => {
    vi.restoreAllMocks();
  });
  const useUnpacker = (): void => {
    if (unpacker === "DecompressionStream") vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined);
  };

  const kinds: [
    string,
    Pick<PngRecipe, "colorType" | "bitDepth" | "palette" | "transparency">,
    number[],
    number[],
  ][] = [
    ["grey, 1 bit", { colorType: 0, bitDepth: 1 }, [0], [1]],
    ["grey, 2 bits", { colorType: 0, bitDepth: 2 }, [1], [2]],
    ["grey, 4 bits", { colorType: 0, bitDepth: 4 }, [7], [8]],
    ["grey, 8 bits", { colorType: 0, bitDepth: 8 }, [127], [128]],
    ["grey, 16 bits", { colorType: 0, bitDepth: 16 }, [0x7fff], [0x8000]],
    ["grey and alpha, 8 bits", { colorType: 4, bitDepth: 8 }, [0, 255], [255, 0]],
    ["grey and alpha, 16 bits", { colorType: 4, bitDepth: 16 }, [0, 65535], [65535, 0]],
    ["RGB, 8 bits", { colorType: 2, bitDepth: 8 }, [0, 0, 255], [0, 255, 0]],
    ["RGB, 16 bits", { colorType: 2, bitDepth: 16 }, [0, 0, 65535], [0, 65535, 0]],
    ["RGBA, 8 bits", { colorType: 6, bitDepth: 8 }, [0, 0, 0, 255], [255, 255, 255, 0]],
    ["RGBA, 16 bits", { colorType: 6, bitDepth: 16 }, [0, 0, 0, 1], [65535, 65535, 65535, 0]],
    ["palette, 4 bits", { colorType: 3, bitDepth: 4, palette: [9, 9, 9, 0, 0, 0, 255, 255, 255] }, [1], [2]],
  ];
  const inside = (x: number, y: number): boolean => x >= 2 && x < 7 && y >= 1 && y < 6;
  const expected = Array.from({ length: 8 }, (_, y) =>
    Array.from({ length: 11 }, (__, x) => (inside(x, y) ? "." : "#")).join(""),
  );

  it.each(kinds)("creates a mask from black and white: %s", async (_, kind, black, white) => {
    useUnpacker();
    for (const isInterlaced of [false, true]) {
      const recipe = { ...kind, widthPx: 11, heightPx: 8, isInterlaced, filter: (row: number) => row % 5 };
      const whiteInside = makePng({ ...recipe, pixel: (x, y) => (inside(x, y) ? white : black) });
      expect(draw(await maskFromBlackWhite(whiteInside))).toEqual(expected);
      const blackInside = makePng({ ...recipe, pixel: (x, y) => (inside(x, y) ? black : white) });
      expect(draw(await maskFromBlackWhite(blackInside, { edit: "black" }))).toEqual(expected);
    }
  });

  it("creates a mask from alpha, with hard edges at the threshold", async () => {
    useUnpacker();
    const png = makePng({
      widthPx: 5,
      heightPx: 1,
      colorType: 4,
      bitDepth: 8,
      pixel: (x) => [9, [0, 1, 127, 128, 255][x] ?? 0],
    });
    expect(draw(await maskFromAlpha(png))).toEqual(["...##"]);
    expect(draw(await maskFromAlpha(png, { threshold: 1 }))).toEqual([".####"]);
    expect(draw(await maskFromAlpha(png, { threshold: 255 }))).toEqual(["....#"]);
  });

  it("reads back every mask that it writes", async () => {
    useUnpacker();
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 70 }),
        fc.integer({ min: 1, max: 40 }),
        fc.infiniteStream(fc.boolean()),
        async (width, height, pixels) => {
          const mask = createMask({ width, height });
          for (let i = 0; i < mask.alpha.length; i += 1) mask.alpha[i] = pixels.next().value ? 0 : 255;
          expect((await maskFromAlpha(await mask.toPng())).alpha).toEqual(mask.alpha);
        },
      ),
      { numRuns: 40 },
    );
  }, 60_000);
});

describe("third-party files", () => {
  const bomb = new Uint8Array(Buffer.concat([pngSignature, ihdr(60_000, 60_000), pngChunk("IDAT", [0])]));
  const rgb = makePng({ widthPx: 4, heightPx: 4, colorType: 2, bitDepth: 8, pixel: () => [1, 2, 3] });

  it.each([
    ["a JPEG", makeJpeg(), "The image for the mask is not a PNG. Give a complete PNG."],
    ["nothing", new Uint8Array(0), "The image for the mask ends early"],
    ["half a PNG", rgb.slice(0, 30), "ends early"],
    ["a bomb", bomb, "A mask of 60000x60000 is too large"],
  ])("rejects %s with a message", async (_, bytes, message) => {
    await expect(maskFromAlpha(bytes)).rejects.toThrow(message);
    await expect(maskFromBlackWhite(bytes)).rejects.toThrow(message);
  });

  it("rejects an image without alpha", async () => {
    await expect(maskFromAlpha(rgb)).rejects.toThrow(
      "has no alpha to create a mask from. Use `maskFromBlackWhite`, or draw a mask.",
    );
  });

  it.each([0, -1, 256, Number.NaN])("rejects a threshold of %s", async (threshold) => {
    await expect(maskFromAlpha(rgb, { threshold })).rejects.toThrow(`\`threshold\` cannot be ${threshold}.`);
  });

  it("rejects input that is not bytes", async () => {
    await expect(maskFromAlpha("mask.png" as never)).rejects.toSatisfy(isInvalidInputError);
  });

  it("reads any file or throws a RetouchError", async () => {
    const whole = makePng({
      widthPx: 20,
      heightPx: 9,
      colorType: 6,
      bitDepth: 8,
      pixel: (x, y) => [x, y, 1, x * y],
      isInterlaced: true,
    });
    await fc.assert(
      fc.asyncProperty(
        fc.nat(whole.length),
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 3 }),
        async (length, changes) => {
          const bytes = whole.slice(0, length);
          for (const [at, value] of changes) if (at < length) bytes[at] = value;
          const result = await maskFromBlackWhite(bytes).catch((error: unknown) => error);
          expect(isInvalidInputError(result) || (result as Mask).alpha instanceof Uint8Array).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  }, 60_000);
});

it("does not import Node modules", () => {
  for (const name of [
    "create-mask",
    "encode-png",
    "mask-from-png",
    "../media/png/inflate",
    "../media/png/scanlines",
  ]) {
    const source = readFileSync(new URL(`./${name}.ts`, import.meta.url), "utf8");
    expect(source.match(/^import .*"node:.*/m)).toBeNull();
  }
});
