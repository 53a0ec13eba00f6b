import fc from "fast-check";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ihdr, makePng, type PngRecipe, pngChunk, pngSignature } from "../fixtures/make-png.ts";
import { type ByteSource, openByteSource } from "./byte-source.ts";
import { inspectMask } from "./inspect-mask.ts";

const inspect = (bytes: Uint8Array<ArrayBuffer>) => inspectMask(openByteSource(bytes, "mask"));

/** Returns alpha that is transparent in the middle, optionally with one soft pixel. */
const hole = (x: number, y: number): boolean => x >= 5 && x < 9 && y >= 3 && y < 8;
const size = { widthPx: 21, heightPx: 13 };

describe.each(["Node's zlib", "DecompressionStream"])("inspectMask with %s", (unpacker) => {
  beforeEach(() => {
    if (unpacker === "DecompressionStream") vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  const kinds: [string, Omit<PngRecipe, "widthPx" | "heightPx">][] = [
    ["RGBA, 8 bits", { colorType: 6, bitDepth: 8, pixel: (x, y) => [x, y, 9, hole(x, y) ? 0 : 255] }],
    ["RGBA, 16 bits", { colorType: 6, bitDepth: 16, pixel: (x, y) => [x, y, 999, hole(x, y) ? 0 : 65535] }],
    ["grey and alpha, 8 bits", { colorType: 4, bitDepth: 8, pixel: (x, y) => [x, hole(x, y) ? 0 : 255] }],
    [
      "grey and alpha, 16 bits",
      { colorType: 4, bitDepth: 16, pixel: (x, y) => [x * y, hole(x, y) ? 0 : 65535] },
    ],
    ...([1, 2, 4, 8] as const).map((bitDepth): [string, Omit<PngRecipe, "widthPx" | "heightPx">] => [
      `palette, ${bitDepth} bits`,
      {
        colorType: 3,
        bitDepth,
        palette: [0, 0, 0, 255, 255, 255],
        transparency: [255, 0],
        pixel: (x, y) => [hole(x, y) ? 1 : 0],
      },
    ]),
    ...([1, 2, 4, 8, 16] as const).map((bitDepth): [string, Omit<PngRecipe, "widthPx" | "heightPx">] => [
      `gray with a color key, ${bitDepth} bits`,
      {
        colorType: 0,
        bitDepth,
        transparency: bitDepth === 16 ? [1, 0] : [0, 1],
        pixel: (x, y) => [hole(x, y) ? (bitDepth === 16 ? 256 : 1) : 0],
      },
    ]),
    ...([8, 16] as const).map((bitDepth): [string, Omit<PngRecipe, "widthPx" | "heightPx">] => [
      `RGB with a color key, ${bitDepth} bits`,
      {
        colorType: 2,
        bitDepth,
        transparency: [0, 7, 0, 8, 0, 9],
        pixel: (x, y) => [7, 8, hole(x, y) ? 9 : 10],
      },
    ]),
  ];

  describe.each(kinds)("%s", (_, kind) => {
    it.each([false, true])("detects a transparent area (interlaced: %s)", async (isInterlaced) => {
      const bytes = makePng({ ...size, ...kind, isInterlaced, filter: (row) => row % 5, idatBytes: 7 });
      expect(await inspect(bytes)).toEqual({
        ...size,
        hasAlpha: true,
        transparentPixels: "some",
        softAlpha: false,
      });
    });

    it("detects a fully opaque mask", async () => {
      const solid = makePng({ ...size, ...kind, pixel: () => kind.pixel(0, 0), filter: () => 4 });
      expect(await inspect(solid)).toMatchObject({
        hasAlpha: true,
        transparentPixels: "none",
        softAlpha: false,
      });
    });

    it("detects a fully transparent mask", async () => {
      const empty = makePng({ ...size, ...kind, pixel: () => kind.pixel(6, 6), filter: () => 3 });
      expect(await inspect(empty)).toMatchObject({
        hasAlpha: true,
        transparentPixels: "all",
        softAlpha: false,
      });
    });

    it("matches the kind that an image decoder reports", async () => {
      const bytes = makePng({
        ...size,
        ...kind,
        isInterlaced: true,
        filter: (row) => (row * 3) % 5,
        idatBytes: 11,
      });
      const { data } = await sharp(bytes)
        .ensureAlpha()
        .toColourspace("srgb")
        .raw({ depth: "uchar" })
        .toBuffer({ resolveWithObject: true });
      const alphas = data.filter((__, index) => index % 4 === 3);
      expect(alphas.indexOf(0)).toBe(3 * size.widthPx + 5);
    });
  });

  it.each([
    [6, 8, [0, 0, 0, 254]],
    [6, 16, [0, 0, 0, 1]],
    [6, 16, [0, 0, 0, 65534]],
    [4, 8, [0, 1]],
  ] as const)("detects soft alpha in color type %i of %i bits", async (colorType, bitDepth, soft) => {
    const pixel = (x: number, y: number) => (x === 3 && y === 3 ? soft : soft.map(() => 0));
    const info = await inspect(makePng({ ...size, colorType, bitDepth, pixel }));
    expect(info).toMatchObject({ transparentPixels: "some", softAlpha: true });
  });

  it("does not treat the padding of a row as pixels", async () => {
    const recipe = {
      widthPx: 3,
      heightPx: 2,
      colorType: 3,
      bitDepth: 1,
      palette: [0, 0, 0, 1, 1, 1],
    } as const;
    const bytes = makePng({ ...recipe, transparency: [0], pixel: () => [1] });
    expect(await inspect(bytes)).toMatchObject({ hasAlpha: true, transparentPixels: "none" });
  });

  it("reports no alpha without a channel or color key, without reading pixels", async () => {
    const recipe: PngRecipe = { ...size, colorType: 2, bitDepth: 8, pixel: () => [1, 2, 3] };
    const broken = makePng({ ...recipe, compressed: () => new Uint8Array(9) });
    expect(await inspect(broken)).toEqual({
      ...size,
      hasAlpha: false,
      transparentPixels: "none",
      softAlpha: false,
    });
  });

  it("stops reading once it found a transparent area and soft alpha", async () => {
    const noise = (x: number, y: number): number =>
      (Math.imul(x * 2531 + y * 7919 + 3, 2654435761) >>> 13) & 0xff;
    const bytes = makePng({
      widthPx: 600,
      heightPx: 400,
      colorType: 6,
      bitDepth: 8,
      pixel: (x, y) => [noise(x, y), noise(y, x), noise(x + 9, y), y === 0 ? x & 0x7f : 255],
    });
    let read = 0;
    const source: ByteSource = {
      byteLength: bytes.length,
      slice: async (start, end) => bytes.subarray(start, end),
      async *chunks() {
        for (let at = 0; at < bytes.length; at += 4096) {
          read += 4096;
          yield bytes.subarray(at, at + 4096);
        }
      },
    };
    expect(await inspectMask(source)).toMatchObject({ transparentPixels: "some", softAlpha: true });
    expect(read).toBeLessThan(bytes.length / 2);
  });

  it("reads a source that reuses one buffer for all its chunks", async () => {
    const bytes = makePng({
      ...size,
      colorType: 6,
      bitDepth: 8,
      pixel: (x, y) => [x, y, 9, hole(x, y) ? 0 : 255],
    });
    const chunk = new Uint8Array(5);
    const source: ByteSource = {
      byteLength: bytes.length,
      slice: async (start, end) => bytes.slice(start, end),
      async *chunks() {
        for (let at = 0; at < bytes.length; at += 5) {
          chunk.set(bytes.subarray(at, at + 5));
          yield chunk.subarray(0, Math.min(5, bytes.length - at));
          chunk.fill(0xee);
        }
      },
    };
    expect(await inspectMask(source)).toMatchObject({ hasAlpha: true, transparentPixels: "some" });
  });

  describe("broken files", () => {
    const recipe: PngRecipe = { ...size, colorType: 6, bitDepth: 8, pixel: (x, y) => [x, y, x, y] };
    const whole = makePng(recipe);
    const broken: [string, Uint8Array, RegExp][] = [
      ["nothing", new Uint8Array(0), /ends early/],
      ["a JPEG", new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 0, 16, 1, 2, 3, 4]), /is not a PNG/],
      ["half a header", whole.slice(0, 20), /ends early/],
      ["half the pixels", whole.slice(0, 200), /ends early/],
      ["no header", Buffer.concat([pngSignature, pngChunk("IDAT", [1])]), /header is missing/],
      ["a wrong checksum of the header", whole.with(17, 1), /checksum of its IHDR/],
      ["no pixels", Buffer.concat([pngSignature, ihdr(2, 2), pngChunk("IEND", [])]), /no pixels/],
      ["no width", Buffer.concat([pngSignature, ihdr(0, 2), pngChunk("IDAT", [])]), /says 0x2/],
      ["3 bits", Buffer.concat([pngSignature, ihdr(2, 2, 3, 0)]), /does not exist/],
      [
        "a palette of 5,000 bytes",
        Buffer.concat([pngSignature, ihdr(2, 2), pngChunk("PLTE", new Uint8Array(5000))]),
        /too long/,
      ],
      [
        "a short color key",
        Buffer.concat([pngSignature, ihdr(2, 2, 8, 0), pngChunk("tRNS", [1])]),
        /wrong length/,
      ],
      [
        "damaged pixels",
        makePng({ ...recipe, compressed: (data) => data.map((byte, i) => (i > 20 ? byte ^ 0x55 : byte)) }),
        /damaged|fewer/,
      ],
      [
        "a wrong checksum of the pixels",
        makePng({
          ...recipe,
          pixel: () => [1, 1, 1, 1],
          compressed: (data) => Uint8Array.from(data).with(-1, (data.at(-1) ?? 0) ^ 1),
        }),
        /damaged/,
      ],
      [
        "data after the pixels",
        makePng({
          ...recipe,
          pixel: () => [1, 1, 1, 1],
          compressed: (data) => Buffer.concat([data, new Uint8Array(9)]),
        }),
        /something follows|damaged/,
      ],
      [
        "too few pixels",
        makePng({ ...recipe, pixel: () => [1, 1, 1, 1], inflated: (rows) => rows.subarray(0, 500) }),
        /fewer pixels/,
      ],
      [
        "too many pixels",
        makePng({ ...recipe, pixel: () => [1, 1, 1, 1], inflated: (rows) => Buffer.concat([rows, rows]) }),
        /more pixels/,
      ],
      [
        "an unknown filter",
        makePng({ ...recipe, inflated: (rows) => Uint8Array.from(rows).fill(9, 0, 1) }),
        /filter/,
      ],
    ];

    it.each(broken)("reports what is wrong with %s", async (_, bytes, problem) => {
      const info = await inspect(new Uint8Array(bytes));
      expect(info.problem).toMatch(problem);
    });

    it("rejects a decompression bomb without inflating it", async () => {
      const bomb = new Uint8Array(Buffer.concat([pngSignature, ihdr(60_000, 60_000), pngChunk("IDAT", [0])]));
      expect((await inspect(bomb)).problem).toMatch(/inflates to 13733 MB/);
    });

    it("rejects an excessive side length without allocating a row", async () => {
      const wide = new Uint8Array(Buffer.concat([pngSignature, ihdr(100_000_000, 1), pngChunk("IDAT", [0])]));
      expect((await inspect(wide)).problem).toMatch(
        /is 100000000x1 pixels, which exceeds the maximum of 1048576 per side/,
      );
    });

    it("stops inflating where the pixels end according to the header", async () => {
      const bomb = makePng({
        ...recipe,
        pixel: () => [0, 0, 0, 0],
        inflated: () => new Uint8Array(20_000_000),
      });
      expect((await inspect(bomb)).problem).toMatch(/more pixels/);
    });

    it("ignores a wrong IDAT checksum if the zlib checksum is right", async () => {
      const bytes = makePng(recipe);
      const at = bytes.length - 12 - 4;
      bytes[at] = (bytes[at] ?? 0) ^ 0xff;
      expect((await inspect(bytes)).problem).toBeUndefined();
    });
  });

  it("accepts a file whose pixels are complete without its last chunk", async () => {
    const whole = makePng({ widthPx: 9, heightPx: 9, colorType: 6, bitDepth: 8, pixel: () => [1, 2, 3, 0] });
    for (const cut of [1, 4, 11, 12]) {
      const info = await inspectMask(openByteSource(whole.slice(0, -cut)));
      expect(info).toMatchObject({ transparentPixels: "all" });
      expect(info.problem, `without ${cut} bytes`).toBeUndefined();
    }
  });

  it("handles a file that is cut or changed anywhere", { timeout: 60_000 }, async () => {
    const whole = makePng({
      ...size,
      colorType: 3,
      bitDepth: 2,
      palette: [1, 2, 3, 4, 5, 6],
      transparency: [0, 9],
      isInterlaced: true,
      pixel: (x) => [x & 1],
    });
    await fc.assert(
      fc.asyncProperty(
        fc.nat(whole.length),
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 4 }),
        async (length, changes) => {
          const bytes = whole.slice();
          for (const [at, value] of changes) bytes[at] = value;
          const info = await inspect(bytes.slice(0, length));
          expect(info.hasAlpha ? "yes" : (info.problem ?? "no alpha")).toBeTypeOf("string");
        },
      ),
      { numRuns: 300 },
    );
  });
});
