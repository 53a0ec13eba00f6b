import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { arithmeticSamples, jpegSamples } from "../fixtures/jpeg-samples.ts";
import { exif, frame, imageIndex, makeJpeg, segment } from "../fixtures/make-jpeg.ts";
import { ihdr, pngChunk, pngSignature } from "../fixtures/make-png.ts";
import { makeWebp, riffChunk, vp8, vp8l, vp8x } from "../fixtures/make-webp.ts";
import { type ByteSource, openByteSource } from "./byte-source.ts";
import { inspectImage } from "./inspect-image.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const size = { widthPx: 37, heightPx: 21 };
const sampleImage = () => sharp({ create: { width: 37, height: 21, channels: 4, background: "#f008" } });
const join = (...parts: Uint8Array[]): Bytes => new Uint8Array(Buffer.concat(parts));
const png = (...chunks: Uint8Array[]): Bytes => join(pngSignature, ...chunks);
const pixels = pngChunk("IDAT", new Uint8Array(40_000));
const end = pngChunk("IEND", []);

/** A source that counts reads and reuses one buffer, like a file. */
function counted(bytes: Bytes): ByteSource & { reads: number; bytesRead: number } {
  const buffer = new Uint8Array(bytes.length);
  let used = 0;
  const source = {
    reads: 0,
    bytesRead: 0,
    byteLength: bytes.length,
    async slice(start: number, stop: number) {
      buffer.fill(0xee, 0, used);
      used = Math.max(used, Math.min(stop, bytes.length) - start);
      buffer.set(bytes.subarray(start, stop));
      source.reads += 1;
      const chunk = buffer.subarray(0, Math.max(0, Math.min(stop, bytes.length) - start));
      source.bytesRead += chunk.length;
      return chunk;
    },
    async *chunks() {
      yield bytes;
    },
  };
  return source;
}

const inspect = (bytes: Bytes) => inspectImage(counted(bytes));

describe("real images", () => {
  it.each([
    ["png", sampleImage().png()],
    ["png", sampleImage().png({ palette: true })],
    ["png", sampleImage().png({ progressive: true })],
    ["jpeg", sampleImage().jpeg()],
    ["jpeg", sampleImage().jpeg({ progressive: true })],
    ["jpeg", sampleImage().jpeg({ mozjpeg: true, chromaSubsampling: "4:4:4" })],
    ["jpeg", sampleImage().greyscale().jpeg()],
    ["webp", sampleImage().webp()],
    ["webp", sampleImage().removeAlpha().webp()],
    ["webp", sampleImage().webp({ lossless: true })],
  ] as const)("returns the size of a %s", async (format, image) => {
    const info = await inspect(new Uint8Array(await image.toBuffer()));
    expect(info).toMatchObject({ format, mediaType: `image/${format}`, ...size, orientation: 1 });
    expect(info.problem).toBeUndefined();
  });

  it.each(["png", "jpeg", "webp"] as const)(
    "returns the orientation of a %s with a profile",
    async (format) => {
      for (let orientation = 1; orientation <= 8; orientation += 1) {
        const image = sampleImage().withIccProfile("p3").withMetadata({ orientation }).toFormat(format);
        expect(await inspect(new Uint8Array(await image.toBuffer()))).toMatchObject({ ...size, orientation });
      }
    },
  );

  it("detects an animated WebP", async () => {
    const frames = await sharp({ create: { width: 8, height: 8, channels: 3, background: "red" } })
      .gif()
      .toBuffer();
    const other = await sharp({ create: { width: 8, height: 8, channels: 3, background: "blue" } })
      .gif()
      .toBuffer();
    const moving = await sharp([frames, other], { join: { animated: true } })
      .webp()
      .toBuffer();
    expect(await inspect(new Uint8Array(moving))).toMatchObject({ widthPx: 8, heightPx: 8, animated: true });
  });

  it.each(["png", "jpeg", "webp"] as const)("detects a %s that is cut anywhere", async (format) => {
    const whole = new Uint8Array(
      await sampleImage().withMetadata({ orientation: 6 }).toFormat(format).toBuffer(),
    );
    const endBytes = { png: 12, jpeg: 2, webp: 0 }[format];
    for (let length = 0; length < whole.length; length += 1) {
      const { problem, notes } = await inspect(whole.slice(0, length));
      if (length >= whole.length - endBytes) expect([problem, notes]).toEqual([undefined, ["missing_end"]]);
      else if (length > 12) expect(problem, `of ${length} bytes`).toMatch(/^ends early/);
    }
  });
});

describe("a file without its end", () => {
  const noise = (seed: number, length: number) =>
    Uint8Array.from({ length }, (_, index) => (Math.imul(index + seed, 2_654_435_761) >>> 13) & 255);

  async function check(whole: Uint8Array, endBytes: number, cuts: readonly number[]): Promise<void> {
    for (const cut of [0, ...cuts]) {
      const { problem, notes } = await inspect(new Uint8Array(whole.subarray(0, whole.length - cut)));
      if (cut === 0) expect([problem, notes]).toEqual([undefined, undefined]);
      else if (cut <= endBytes)
        expect([problem, notes], `without ${cut} bytes`).toEqual([undefined, ["missing_end"]]);
      else expect(problem, `without ${cut} bytes`).toMatch(/^ends early/);
    }
  }

  it.each(Object.entries(jpegSamples))("is accepted if a JPEG with %s has all scans", async (_, base64) => {
    const whole = Buffer.from(base64, "base64");
    const scan = whole.indexOf(Buffer.from([0xff, 0xda]));
    await check(
      whole,
      2,
      Array.from({ length: whole.length - scan }, (_, index) => index + 1),
    );
  });

  it("is accepted if all pixels are there, whatever the encoder's options", { timeout: 60_000 }, async () => {
    const options = fc.record({
      width: fc.integer({ min: 1, max: 90 }),
      height: fc.integer({ min: 1, max: 90 }),
      channels: fc.constantFrom(1, 3, 4),
      seed: fc.nat(1_000_000),
      quality: fc.integer({ min: 1, max: 100 }),
      progressive: fc.boolean(),
      optimizeScans: fc.boolean(),
      trellisQuantisation: fc.boolean(),
      chromaSubsampling: fc.constantFrom("4:2:0", "4:4:4"),
      space: fc.constantFrom("srgb", "b-w", "cmyk"),
      cuts: fc.array(fc.integer({ min: 3, max: 400 }), { maxLength: 6 }),
    });
    await fc.assert(
      fc.asyncProperty(options, async ({ width, height, channels, seed, space, cuts, ...jpeg }) => {
        const raw = { width, height, channels: channels as 1 | 3 | 4 };
        const image = () => sharp(noise(seed, width * height * channels), { raw }).toColourspace(space);
        const whole = await image().jpeg(jpeg).toBuffer();
        const scan = whole.indexOf(Buffer.from([0xff, 0xda]));
        const within = cuts.filter((cut) => cut < whole.length - scan - 14);
        const { notes = [] } = await inspect(new Uint8Array(whole));
        for (const cut of [1, 2, ...within]) {
          const info = await inspect(new Uint8Array(whole.subarray(0, -cut)));
          if (cut > 2) expect(info.problem, `without ${cut} bytes`).toMatch(/^ends early/);
          else expect(info).toMatchObject({ widthPx: width, notes: [...notes, "missing_end"] });
        }
        const png = await image().toColourspace("srgb").png({ progressive: jpeg.progressive }).toBuffer();
        await check(
          png,
          12,
          [1, 4, 8, 11, 12, 13, 16, 17, 30].filter((cut) => cut < png.length - 60),
        );
      }),
      { numRuns: 60 },
    );
  });

  it("is accepted if a frame of an MJPEG video, which has no tables, has all scans", async () => {
    const plain = await sampleImage().removeAlpha().jpeg({ optimiseCoding: false }).toBuffer();
    const start = plain.indexOf(Buffer.from([0xff, 0xc4]));
    const scan = plain.indexOf(Buffer.from([0xff, 0xda]));
    const frame = Buffer.concat([plain.subarray(0, start), plain.subarray(scan)]);
    await check(frame, 2, [1, 2, 3, 9, 50]);
  });

  it.each(Object.entries(arithmeticSamples))(
    "is noted if a %s JPEG is arithmetic-coded",
    async (_, base64) => {
      const whole = Buffer.from(base64, "base64");
      const start = whole.indexOf(Buffer.from([0xff, 0xda]));
      expect(await inspect(whole)).toMatchObject({ widthPx: 33, notes: ["arithmetic_jpeg"] });
      const info = await inspect(new Uint8Array(whole.subarray(0, -2)));
      expect(info).toMatchObject({ widthPx: 33, heightPx: 25, notes: ["arithmetic_jpeg", "unchecked_end"] });
      expect(info.problem).toBeUndefined();
      expect((await inspect(new Uint8Array(whole.subarray(0, start)))).problem).toMatch(/^ends early/);
    },
  );

  it("is broken if a progressive JPEG lacks its last scan", async () => {
    const whole = await sampleImage().jpeg({ progressive: true }).toBuffer();
    const lastScan = whole.lastIndexOf(Buffer.from([0xff, 0xda]));
    expect((await inspect(new Uint8Array(whole.subarray(0, lastScan)))).problem).toMatch(/^ends early/);
  });

  it("is broken if a component has no scan", async () => {
    const whole = Buffer.from(jpegSamples["a scan for each component"], "base64");
    const lastScan = whole.lastIndexOf(Buffer.from([0xff, 0xda]));
    expect((await inspect(new Uint8Array(whole.subarray(0, lastScan)))).problem).toMatch(/^ends early/);
  });

  it("is accepted although something else follows the pixels", async () => {
    const whole = await sampleImage().jpeg().toBuffer();
    for (const rest of [Buffer.alloc(5_000), Buffer.from("\r\n--boundary--\r\n")]) {
      expect((await inspect(join(whole.subarray(0, -2), rest))).notes).toEqual(["missing_end"]);
    }
  });

  it("is not decoded for seconds, whatever it declares", async () => {
    const table = [0xff, 0xc4, 0, 20, 0x10, 1, ...new Array(15).fill(0), 0xe0];
    const scan = [0xff, 0xda, 0, 8, 1, 1, 0, 1, 63, 1, 0x7f, 0x7f];
    const start = [0xff, 0xd8, ...segment(0xc2, [8, 0xff, 0xff, 0xff, 0xff, 1, 1, 0x11, 0])];
    for (const flood of [table, scan, [...table, ...scan], [0xff, 0xd0]]) {
      const bytes = Buffer.concat([Buffer.from(start), Buffer.alloc(4_000_000, Buffer.from(flood))]);
      expect((await inspect(new Uint8Array(bytes))).problem).toMatch(/^ends early/);
    }
  });
});

describe("PNG", () => {
  it("detects an animated file", async () => {
    expect(await inspect(png(ihdr(5, 4), pngChunk("acTL", new Uint8Array(8)), pixels, end))).toMatchObject({
      animated: true,
    });
  });

  it("reads EXIF after a large profile in few small reads", async () => {
    const profile = pngChunk("iCCP", new Uint8Array(3_000_000));
    const source = counted(png(ihdr(5, 4), profile, pngChunk("eXIf", exif(7).slice(6)), pixels, pixels, end));
    expect(await inspectImage(source)).toMatchObject({ widthPx: 5, heightPx: 4, orientation: 7 });
    expect(source.reads).toBeLessThanOrEqual(3);
    expect(source.bytesRead).toBeLessThan(60_000);
  });

  it("accepts bytes after the end of a PNG", async () => {
    const bytes = png(ihdr(5, 4), pixels, pixels, end, new Uint8Array(100_000));
    expect(await inspect(bytes)).toEqual({
      format: "png",
      mediaType: "image/png",
      widthPx: 5,
      heightPx: 4,
      orientation: 1,
    });
  });

  it.each([
    ["no header", png(pngChunk("tEXt", [1]), pixels, end), /header is missing/],
    ["Apple's own kind", png(pngChunk("CgBI", [1, 2, 3, 4]), ihdr(1, 1), pixels, end), /header is missing/],
    [
      "a header of another length",
      png(pngChunk("IHDR", new Uint8Array(20)), pixels, end),
      /header is missing/,
    ],
    ["no width", png(ihdr(0, 5), pixels, end), /says 0x5 pixels/],
    ["no height", png(ihdr(5, 0), pixels, end), /says 5x0 pixels/],
    ["a size beyond the format", png(ihdr(0x80000000, 5), pixels, end), /says 2147483648x5 pixels/],
    ["no pixels", png(ihdr(5, 4), end), /no pixels/],
    [
      "a chunk longer than the file",
      png(ihdr(5, 4), Uint8Array.from([0x7f, 255, 255, 255, 73, 68, 65, 84, 0, 0, 0, 0])),
      /ends early/,
    ],
    ["no end", png(ihdr(5, 4), pixels, pixels), /ends early/],
    ["half a chunk behind a whole one", png(ihdr(5, 4), pixels, pixels.slice(0, 9_000)), /ends early/],
  ])("reports what is wrong with %s", async (_, bytes, problem) => {
    expect((await inspect(bytes)).problem).toMatch(problem);
  });
});

describe("JPEG", () => {
  it.each([
    [[0xc0, 0xc1, 0xc2, 0xc5, 0xc6], undefined],
    [[0xc3, 0xc7], ["lossless_jpeg"]],
    [[0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf], ["arithmetic_jpeg"]],
  ])("notes of the frames %j that they are %j", async (markers, notes) => {
    for (const marker of markers) {
      const whole = makeJpeg(frame(6, 4, marker));
      expect((await inspect(whole)).notes).toEqual(notes);
      const { problem, notes: noted } = await inspect(whole.slice(0, -2));
      if (marker <= 0xc2) expect(problem).toMatch(/^ends early/);
      else expect([problem, noted]).toEqual([undefined, [...(notes ?? []), "unchecked_end"]]);
    }
  });

  it.each([0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf])(
    "reads frame header %i",
    async (marker) => {
      const tables = [segment(0xc4, [0, 1]), segment(0xdb, new Uint8Array(65)), segment(0xcc, [0, 0])];
      expect(await inspect(makeJpeg(...tables, frame(640, 480, marker)))).toMatchObject({
        widthPx: 640,
        heightPx: 480,
      });
    },
  );

  it.each([true, false])("reads EXIF but not its thumbnail (little-endian: %s)", async (isLittle) => {
    const thumbnail = makeJpeg(frame(160, 120));
    for (let orientation = 1; orientation <= 8; orientation += 1) {
      const bytes = makeJpeg(segment(0xe1, exif(orientation, { isLittle, thumbnail })), frame(640, 480));
      expect(await inspect(bytes)).toMatchObject({ widthPx: 640, heightPx: 480, orientation });
    }
  });

  it.each([0, 9, 65535])("treats orientation %i as upright", async (orientation) => {
    expect(await inspect(makeJpeg(segment(0xe1, exif(orientation)), frame(6, 4)))).toMatchObject({
      orientation: 1,
    });
  });

  it("uses the first EXIF block and ignores XMP", async () => {
    const xmp = segment(0xe1, Buffer.from("http://ns.adobe.com/xap/1.0/\0<x/>"));
    const bytes = makeJpeg(xmp, segment(0xe1, exif(6)), segment(0xe1, exif(3)), frame(6, 4));
    expect(await inspect(bytes)).toMatchObject({ orientation: 6 });
  });

  it("ignores EXIF with an invalid offset", async () => {
    const lying = exif(6);
    new DataView(lying.buffer).setUint32(10, 0xfffffff0);
    const short = exif(6).slice(0, 11);
    for (const block of [lying, short]) {
      expect(await inspect(makeJpeg(segment(0xe1, block), frame(6, 4)))).toMatchObject({
        widthPx: 6,
        orientation: 1,
      });
    }
  });

  const segments = [segment(0xe0, [1, 2]), segment(0xe1, exif(6)), segment(0xfe, []), frame(6, 4)];

  it.each([
    ["zeros", [0, 0, 0, 0, 0]],
    ["text", Buffer.from("hello")],
    ["0xff that stands for a value", [0xff, 0, 0xff, 0xff, 0]],
    ["a megabyte of zeros", new Uint8Array(1_000_000)],
    ["a megabyte of 0xff", new Uint8Array(1_000_000).fill(0xff)],
    ["a megabyte of 0xff and 0", Buffer.alloc(1_000_000, Buffer.from([0xff, 0]))],
    ["an application's segment without room for its length", [0xff, 0xe5, 0, 1]],
    ["a comment without room for its length", [0xff, 0xfe, 0, 0]],
  ])("skips %s between segments, as viewers do", async (_, stray) => {
    for (let at = 1; at < segments.length; at += 1) {
      const start = makeJpeg(...segments.slice(0, at)).slice(0, -19);
      const source = counted(join(start, Uint8Array.from(stray), makeJpeg(...segments.slice(at)).slice(2)));
      const info = await inspectImage(source);
      expect(info).toEqual({
        format: "jpeg",
        mediaType: "image/jpeg",
        widthPx: 6,
        heightPx: 4,
        orientation: 6,
      });
      expect(source.reads).toBeLessThanOrEqual(12);
    }
  });

  it("reads 300 segments of EXIF and 255 of a profile", async () => {
    const block = (marker: number) => Buffer.from([0xff, marker, 0xff, 0xff, ...Buffer.alloc(65_533)]);
    const [start, rest] = [makeJpeg(segment(0xe1, exif(6))).slice(0, -19), makeJpeg(frame(6, 4)).slice(2)];
    const blocks = [...new Array(300).fill(block(0xe1)), ...new Array(255).fill(block(0xe2))];
    expect(await inspect(join(start, ...blocks, rest))).toMatchObject({
      widthPx: 6,
      heightPx: 4,
      orientation: 6,
    });
  });

  it.each([
    ["only 0xff", []],
    ["0xff after its frame header", frame(0xffff, 0xffff)],
    ["0xff in its scan", [...frame(0xffff, 0xffff), 0xff, 0xda, 0, 12, 3, 1, 0, 2, 17, 3, 17, 0, 63, 0]],
  ])("reads 16 MB of a file with %s in few steps", async (_, start) => {
    const source = counted(
      Buffer.concat([Buffer.from([0xff, 0xd8, ...start]), Buffer.alloc(16_000_000, 0xff)]),
    );
    expect((await inspectImage(source)).problem).toMatch(/^ends early/);
    expect(source.reads).toBeLessThanOrEqual(200);
    expect(source.bytesRead).toBeLessThan(3 * source.byteLength);
  });

  it("notes CMYK", async () => {
    const cmyk = sampleImage().removeAlpha().toColourspace("cmyk").jpeg();
    expect((await inspect(new Uint8Array(await cmyk.toBuffer()))).notes).toEqual(["cmyk"]);
  });

  it.each([true, false])("notes more than one image (little-endian: %s)", async (isLittle) => {
    for (const [count, notes] of [
      [1, undefined],
      [2, ["multiple_images"]],
      [300, ["multiple_images"]],
    ] as const) {
      const index = segment(0xe2, imageIndex(count, isLittle));
      const bytes = join(
        makeJpeg(segment(0xe2, Buffer.from("ICC_PROFILE\0")), index, frame(6, 4)),
        makeJpeg(),
      );
      expect((await inspect(bytes)).notes).toEqual(notes);
    }
  });

  it("skips padding and markers without a length", async () => {
    const bytes = makeJpeg(
      [0xff, 0xff, 0xff, ...segment(0xfe, [1])],
      [0xff, 0x01],
      [0xff, 0xd3],
      [0xff, 0xff],
      frame(6, 4),
    );
    expect(await inspect(bytes)).toMatchObject({ widthPx: 6, heightPx: 4 });
  });

  it("reads few bytes of an image with many pixels", async () => {
    const pixels = new Uint8Array(2_000_000).fill(0x5a);
    const source = counted(makeJpeg(frame(4000, 3000), pixels));
    expect((await inspectImage(source)).problem).toBeUndefined();
    expect(source.reads).toBe(2);
    expect(source.bytesRead).toBeLessThan(40_000);
  });

  it("reads few bytes of many large segments", async () => {
    const segments = Array.from({ length: 40 }, () => segment(0xe2, new Uint8Array(65_533)));
    const source = counted(makeJpeg(segment(0xe1, exif(6)), ...segments, frame(6, 4)));
    expect(await inspectImage(source)).toMatchObject({ widthPx: 6, heightPx: 4, orientation: 6 });
    expect(source.reads).toBeLessThan(45);
    expect(source.bytesRead).toBeLessThan(source.byteLength / 3);
  });

  it("accepts a video after the image", async () => {
    const film = new Uint8Array(700_000);
    expect((await inspect(join(makeJpeg(frame(6, 4)), film))).problem).toBeUndefined();
  });

  it.each([
    ["no frame header", makeJpeg(segment(0xe0, [1, 2, 3])), /header is missing/],
    ["a second start", makeJpeg([0xff, 0xd8], frame(6, 4)), /header is missing/],
    ["a reserved marker", makeJpeg([0xff, 2, 0, 2], frame(6, 4)), /header is missing/],
    ["a table of length 1", makeJpeg([0xff, 0xc4, 0, 1], frame(6, 4)), /header is missing/],
    ["only stray bytes", makeJpeg(segment(0xfe, []), new Uint8Array(90_000)).slice(0, -19), /ends early/],
    ["only a start", Uint8Array.from([0xff, 0xd8, 0xff]), /ends early/],
    ["a segment longer than the file", makeJpeg([0xff, 0xe0, 0xff, 0xff]), /ends early/],
    ["no height", makeJpeg(frame(6, 0)), /says 6x0 pixels/],
    ["no width", makeJpeg(frame(0, 6)), /says 0x6 pixels/],
    ["no end, and pixels that cannot be decoded", makeJpeg(frame(6, 4)).slice(0, -2), /ends early/],
    [
      "an end in its thumbnail only",
      makeJpeg(segment(0xe1, exif(1, { thumbnail: makeJpeg(frame(1, 1)) })), frame(6, 4)).slice(0, -2),
      /ends early/,
    ],
  ])("reports what is wrong with %s", async (_, bytes, problem) => {
    expect((await inspect(bytes)).problem).toMatch(problem);
  });

  it("gives up on a file that consists of tiny segments", async () => {
    const segments = Uint8Array.from({ length: 20_000 }, (_, index) => segment(0xfe, [])[index % 4] ?? 0);
    const source = {
      ...counted(new Uint8Array(0)),
      byteLength: 20_000_000,
      async slice(start: number, stop: number) {
        source.reads += 1;
        if (start === 0) return join(Uint8Array.from([0xff, 0xd8]), segments).slice(0, stop);
        return segments.slice((start - 2) % 4, ((start - 2) % 4) + stop - start);
      },
    };
    expect((await inspectImage(source)).problem).toMatch(/has no size within its first 100,000 segments/);
    expect(source.reads).toBeLessThanOrEqual(30);
  });
});

describe("WebP", () => {
  it.each([
    ["lossy", [riffChunk("VP8 ", vp8(300, 200))]],
    ["lossless", [riffChunk("VP8L", vp8l(300, 200))]],
    ["extended", [riffChunk("VP8X", vp8x(300, 200, 0)), riffChunk("VP8 ", vp8(300, 200))]],
    ["extended lossless", [riffChunk("VP8X", vp8x(300, 200, 16)), riffChunk("VP8L", vp8l(300, 200))]],
    [
      "with unknown chunks",
      [riffChunk("VP8X", vp8x(300, 200, 0)), riffChunk("what", [1, 2, 3]), riffChunk("VP8 ", vp8(9, 9))],
    ],
  ])("reads %s", async (_, chunks) => {
    const info = await inspect(makeWebp(chunks));
    expect(info).toMatchObject({ widthPx: 300, heightPx: 200, orientation: 1 });
    expect(info.problem).toBeUndefined();
  });

  it("reads the maximum width and height", async () => {
    expect(await inspect(makeWebp([riffChunk("VP8 ", vp8(16383, 16383))]))).toMatchObject({
      widthPx: 16383,
      heightPx: 16383,
    });
    expect(await inspect(makeWebp([riffChunk("VP8L", vp8l(16384, 16384))]))).toMatchObject({
      widthPx: 16384,
      heightPx: 16384,
    });
    const extended = [riffChunk("VP8X", vp8x(16777216, 255, 0)), riffChunk("VP8 ", vp8(1, 1))];
    expect(await inspect(makeWebp(extended))).toMatchObject({ widthPx: 16777216, heightPx: 255 });
  });

  it.each([
    ["bare", exif(6).slice(6)],
    ["with the head of a JPEG's", exif(6)],
    ["little-endian", exif(6, { isLittle: true }).slice(6)],
  ])("reads EXIF %s after the pixels", async (_, block) => {
    const big = [...vp8(30, 20), ...new Uint8Array(400_001)];
    const source = counted(
      makeWebp([riffChunk("VP8X", vp8x(30, 20, 8)), riffChunk("VP8 ", big), riffChunk("EXIF", block)]),
    );
    expect(await inspectImage(source)).toMatchObject({ widthPx: 30, heightPx: 20, orientation: 6 });
    expect(source.reads).toBeLessThanOrEqual(3);
    expect(source.bytesRead).toBeLessThan(40_000);
  });

  it.each([
    ["its last padding byte", makeWebp([riffChunk("VP8 ", [...vp8(3, 2), 0])]).slice(0, -1)],
    ["what its size counts too many", makeWebp([riffChunk("VP8 ", vp8(3, 2))], 8)],
  ])("accepts a file without %s, and notes it", async (_, bytes) => {
    const info = await inspect(bytes);
    expect(info).toMatchObject({ widthPx: 3, heightPx: 2, notes: ["missing_end"] });
    expect(info.problem).toBeUndefined();
  });

  it("detects an animated file", async () => {
    const chunks = [
      riffChunk("VP8X", vp8x(30, 20, 2)),
      riffChunk("ANIM", new Uint8Array(6)),
      riffChunk("ANMF", new Uint8Array(40)),
    ];
    expect(await inspect(makeWebp(chunks))).toMatchObject({ widthPx: 30, heightPx: 20, animated: true });
  });

  it.each([
    ["a RIFF size beyond the file", makeWebp([riffChunk("VP8 ", vp8(3, 2))], 9), /ends early/],
    [
      "a RIFF size smaller than its chunks",
      makeWebp([riffChunk("VP8 ", vp8(3, 2))], -4),
      /longer than the file/,
    ],
    ["a part longer than the file", makeWebp([riffChunk("VP8 ", vp8(3, 2), 5000)]), /ends early/],
    ["no width", makeWebp([riffChunk("VP8 ", vp8(0, 2))]), /says 0x2 pixels/],
    ["a wrong start code", makeWebp([riffChunk("VP8 ", vp8(3, 2).with(3, 0))]), /says 0x0 pixels/],
    ["no key frame", makeWebp([riffChunk("VP8 ", vp8(3, 2).with(0, 0x11))]), /says 0x0 pixels/],
    ["a wrong lossless signature", makeWebp([riffChunk("VP8L", vp8l(3, 2).with(0, 0))]), /says 0x0 pixels/],
    ["no pixels", makeWebp([riffChunk("VP8X", vp8x(3, 2, 0))]), /no pixels/],
    ["nothing", makeWebp([]), /no pixels/],
  ])("reports what is wrong with %s", async (_, bytes, problem) => {
    expect((await inspect(bytes)).problem).toMatch(problem);
  });
});

describe("other files", () => {
  it("reports an empty file", async () => {
    expect(await inspect(new Uint8Array(0))).toMatchObject({ format: "unknown", problem: "is empty" });
  });

  it("names other formats without reporting a problem", async () => {
    const tiff = new Uint8Array(await sampleImage().tiff().toBuffer());
    expect(await inspect(tiff)).toEqual({ format: "tiff", mediaType: "image/tiff", orientation: 1 });
    expect(await inspect(new Uint8Array(Buffer.from("%PDF-1.7")))).toMatchObject({ format: "pdf" });
  });
});

describe("any bytes", () => {
  const seeds = [
    makeJpeg(segment(0xe1, exif(6)), frame(640, 480)),
    png(ihdr(5, 4), pngChunk("eXIf", exif(3).slice(6)), pngChunk("IDAT", new Uint8Array(50)), end),
    makeWebp([
      riffChunk("VP8X", vp8x(300, 200, 8)),
      riffChunk("VP8 ", vp8(300, 200)),
      riffChunk("EXIF", exif(2)),
    ]),
  ];
  const changed = fc
    .tuple(
      fc.constantFrom(...seeds),
      fc.array(fc.tuple(fc.nat(300), fc.nat(255)), { maxLength: 6 }),
      fc.nat(400),
    )
    .map(([seed, changes, length]) => {
      const bytes = seed.slice(0, length);
      for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
      return bytes;
    });

  it("never makes the reader throw or return fractional pixels", {
    timeout: 60_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(changed, fc.uint8Array({ maxLength: 200 })), async (bytes) => {
        const { widthPx = 1, heightPx = 1, orientation } = await inspect(new Uint8Array(bytes));
        expect(widthPx).toBeGreaterThan(0);
        expect(heightPx).toBeGreaterThan(0);
        expect([1, 2, 3, 4, 5, 6, 7, 8]).toContain(orientation);
      }),
      { numRuns: 500 },
    );
  });

  it("handles a source that is shorter than its declared length", async () => {
    const source = { ...openByteSource(new Uint8Array(20)), byteLength: 5_000 };
    expect((await inspectImage(source)).format).toBe("unknown");
    const jpeg = makeJpeg(frame(6, 4));
    expect(
      (await inspectImage({ ...openByteSource(jpeg.slice(0, 12)), byteLength: 900_000 })).problem,
    ).toMatch(/ends early/);
  });
});
