import sharp from "sharp";
import { beforeAll, describe, expect, test } from "vitest";
import { inspectImage } from "../request/inspect-image.ts";
import { drawMask, drawScene } from "../testing/draw-scene.ts";
import { loadSharpCodec } from "./codecs/sharp-codec.ts";
import type { EditImage, EditJob, ImageCodec, Pixels } from "./edit-job.ts";
import { createPixelRenderer } from "./pixel-renderer.ts";
import { chooseStyle } from "./styles/choose-style.ts";

const size = { width: 120, height: 80 };
// Off the middle both ways, so that no flip goes unnoticed.
const hole = { left: 30, top: 12, width: 50, height: 40 };
let codec: ImageCodec;
let scene: EditImage;
let mask: EditImage;
beforeAll(async () => {
  codec = (await loadSharpCodec()) as ImageCodec; // sharp is a dependency here
  scene = imageOf(await drawScene(size.width, size.height));
  mask = imageOf(await drawMask(size.width, size.height, hole));
});

function imageOf(bytes: Uint8Array): EditImage {
  const info = inspectImage(bytes);
  if (!info) throw new Error("no image");
  return { bytes, ...info };
}

async function paint(change: Partial<EditJob> = {}, index = 0, detail = 1): Promise<Uint8Array> {
  const job: EditJob = {
    prompt: "a hat",
    images: [scene],
    widthPx: size.width,
    heightPx: size.height,
    outputFormat: "png",
    frameCount: 3,
    frameDurationMs: 120,
    background: "auto",
    ...change,
  };
  return (await createPixelRenderer(codec).open(job))({ index, detail });
}

const pixels = async (bytes: Uint8Array, to?: { width: number; height: number }): Promise<Pixels> =>
  codec.decode(bytes, to);

/** The mean difference of color channels, and the number of pixels that differ, where `where` holds. */
function difference(a: Pixels, b: Pixels, where: (x: number, y: number) => boolean = () => true) {
  let [sum, changed, count] = [0, 0, 0];
  for (let y = 0; y < a.height; y += 1) {
    for (let x = 0; x < a.width; x += 1) {
      if (!where(x, y)) continue;
      count += 1;
      let most = 0;
      for (let channel = 0; channel < 4; channel += 1) {
        const at = (y * a.width + x) * 4 + channel;
        const step = Math.abs((a.data[at] ?? 0) - (b.data[at] ?? 0));
        sum += step;
        most = Math.max(most, step);
      }
      if (most > 0) changed += 1;
    }
  }
  return { mean: sum / count / 3, changed, count };
}

const inHole = (x: number, y: number) =>
  x >= hole.left && x < hole.left + hole.width && y >= hole.top && y < hole.top + hole.height;

test("repaints visibly inside the hole and changes no pixel outside", async () => {
  const [before, after] = [await pixels(scene.bytes), await pixels(await paint({ mask: mask }))];
  expect(difference(before, after, (x, y) => !inHole(x, y)).changed).toBe(0);
  const inside = difference(before, after, inHole);
  expect(inside.mean).toBeGreaterThan(12);
  expect(inside.changed / inside.count).toBeGreaterThan(0.95);
});

test.each([
  { width: 192, height: 128 },
  { width: 90, height: 160 },
  { width: 61, height: 47 },
])("maps the hole onto $width x $height: outside is exactly the resized original", async (to) => {
  const after = await pixels(await paint({ mask, widthPx: to.width, heightPx: to.height }));
  const before = await pixels(scene.bytes, to);
  const scaled = (x: number, y: number) =>
    inHole(
      Math.floor(((x + 0.5) * size.width) / to.width),
      Math.floor(((y + 0.5) * size.height) / to.height),
    );
  expect(difference(before, after, (x, y) => !scaled(x, y)).changed).toBe(0);
  const inside = difference(before, after, scaled);
  expect(inside.changed / inside.count).toBeGreaterThan(0.75);
});

test("changes a hole of one pixel", async () => {
  const dot = imageOf(await drawMask(size.width, size.height, { left: 60, top: 40, width: 1, height: 1 }));
  const [before, after] = [await pixels(scene.bytes), await pixels(await paint({ mask: dot }))];
  expect(difference(before, after).changed).toBe(1);
});

test("edits only where the mask is fully transparent", async () => {
  const soft = await sharp({ create: { ...size, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0.5 } } })
    .composite([
      {
        input: await sharp(mask.bytes).extract({ left: 0, top: 0, width: 25, height: 15 }).toBuffer(),
        left: 0,
        top: 0,
        blend: "dest-out",
      },
    ])
    .png()
    .toBuffer();
  const [before, after] = [await pixels(scene.bytes), await pixels(await paint({ mask: imageOf(soft) }))];
  expect(difference(before, after, (x, y) => x >= 25 || y >= 15).changed).toBe(0);
  expect(difference(before, after, (x, y) => x < 25 && y < 15).changed).toBeGreaterThan(300);
});

describe("without a mask", () => {
  test("changes nearly every pixel, and the subject stays where it is", async () => {
    const [before, after] = [
      await pixels(scene.bytes),
      await pixels(await paint({ prompt: "an oil painting" })),
    ];
    const whole = difference(before, after);
    expect(whole.changed / whole.count).toBeGreaterThan(0.95);
    expect(whole.mean).toBeGreaterThan(8);
    expect(correlation(before, after)).toBeGreaterThan(0.6);
  });

  test("returns the same bytes for the same input and prompt, others for another prompt, image or index", async () => {
    const first = Buffer.from(await paint());
    expect(first.equals(await paint())).toBe(true);
    const flipped = imageOf(await sharp(scene.bytes).flop().toBuffer());
    for (const other of [
      paint({ prompt: "a scarf" }),
      paint({ images: [flipped] }),
      paint({}, 1),
      paint({}, 9),
    ]) {
      expect(first.equals(await other)).toBe(false);
    }
  });

  test("preserves the transparency of a cut-out", async () => {
    const image = imageOf(mask.bytes);
    expect((await pixels(await paint({ images: [image] }))).data[(40 * 120 + 60) * 4 + 3]).toBe(0);
    const opaque = await pixels(await paint({ images: [image], background: "opaque" }));
    expect(opaque.data[(40 * 120 + 60) * 4 + 3]).toBe(255);
  });
});

test("fills a hole of the image itself, where image and mask are the same", async () => {
  const { data } = await pixels(await paint({ images: [mask], mask }));
  expect(data[(40 * 120 + 60) * 4 + 3]).toBe(255);
});

test.each(["png", "jpeg", "webp"])("writes %s at the asked size", async (outputFormat) => {
  const info = inspectImage(await paint({ outputFormat, widthPx: 64, heightPx: 96 }));
  expect(info).toMatchObject({ mediaType: `image/${outputFormat}`, widthPx: 64, heightPx: 96 });
});

test("animates a GIF from the upload to the result", async () => {
  const bytes = await paint({ outputFormat: "gif" });
  const { format, pages, delay, loop } = await sharp(bytes).metadata();
  expect({ format, pages, delay, loop }).toEqual({
    format: "gif",
    pages: 3,
    delay: [120, 120, 120],
    loop: 0,
  });
  const frames = await Promise.all(
    [0, 1, 2].map(async (page) => pixels(await sharp(bytes, { page }).png().toBuffer())),
  );
  const [before, after] = [await pixels(scene.bytes), await pixels(await paint())];
  const [first, , last] = frames as [Pixels, Pixels, Pixels];
  // 255 colors are not exact; half of the difference to the upload is far more than that.
  expect(difference(last, after).mean).toBeLessThan(8);
  expect(difference(first, before).mean).toBeLessThan(difference(last, before).mean / 2);
});

test("draws an SVG that shows the result", async () => {
  const bytes = await paint({ outputFormat: "svg" });
  expect(await sharp(bytes).metadata()).toMatchObject({
    format: "svg",
    width: size.width,
    height: size.height,
  });
  const shown = await pixels(await sharp(bytes).png().toBuffer());
  const blurred = async (image: Pixels) => pixels(await codec.encode(image, "png"), { width: 12, height: 8 });
  const result = await pixels(await paint());
  expect(difference(await blurred(shown), await blurred(result)).mean).toBeLessThan(12);
  expect(new TextDecoder().decode(bytes)).not.toMatch(/<script|<image|href|on\w+=/i);
});

test.each(["jpeg", "webp"])("compresses %s as asked", async (outputFormat) => {
  const [strong, weak] = [
    await paint({ outputFormat, outputCompression: 10 }),
    await paint({ outputFormat, outputCompression: 95 }),
  ];
  expect(strong.length).toBeLessThan(weak.length);
});

test("makes the background transparent, only in holes when there is a mask", async () => {
  const free = await pixels(await paint({ background: "transparent" }));
  expect([free.data[3], free.data[(40 * 120 + 60) * 4 + 3]]).toEqual([0, 255]);
  const round = await sharp(mask.bytes)
    .composite([
      { input: Buffer.from('<svg width="120" height="80"><circle cx="35" cy="17" r="14"/></svg>') },
    ])
    .toBuffer();
  const held = await pixels(await paint({ background: "transparent", mask: imageOf(round) }));
  const { data: kept } = await pixels(round);
  const outside = (x: number, y: number) => kept[(y * 120 + x) * 4 + 3] !== 0;
  expect(difference(await pixels(scene.bytes), held, outside).changed).toBe(0);
  expect(held.data.filter((value, at) => at % 4 === 3 && value === 0).length).toBeGreaterThan(10);
});

test("sharpens previews step by step, with exact pixels outside the mask in each", async () => {
  const prompt = "stained glass";
  const done = await pixels(await paint({ prompt, mask }));
  const distances: number[] = [];
  for (const detail of [0.25, 0.5, 0.75]) {
    const preview = await pixels(await paint({ prompt, mask }, 0, detail));
    expect(difference(done, preview, (x, y) => !inHole(x, y)).changed).toBe(0);
    distances.push(difference(done, preview).mean);
  }
  expect(distances).toEqual(distances.toSorted((a, b) => b - a));
  expect(distances.at(-1)).toBeGreaterThan(0);
});

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  "respects EXIF orientation %d, with masks of either size",
  async (orientation) => {
    const turned = imageOf(
      await sharp(scene.bytes).withMetadata({ orientation }).jpeg({ quality: 100 }).toBuffer(),
    );
    expect(turned.orientation).toBe(orientation);
    const upright = await pixels(turned.bytes);
    const to = { widthPx: upright.width, heightPx: upright.height };
    const stored = await pixels(await paint({ images: [turned], mask, ...to }));
    const uprightMask = await sharp(mask.bytes).withMetadata({ orientation }).toBuffer();
    const turnedMask = await sharp(uprightMask).autoOrient().png().toBuffer();
    const shown = await pixels(await paint({ images: [turned], mask: imageOf(turnedMask), ...to }));
    // The same hole, given for the stored image or for the upright one; equal sizes always count as upright.
    const swaps = orientation >= 5;
    if (swaps) expect(difference(stored, shown).changed).toBe(0);
    const holes = await pixels(swaps ? turnedMask : mask.bytes);
    const outside = (x: number, y: number) => holes.data[(y * holes.width + x) * 4 + 3] !== 0;
    expect(difference(upright, stored, outside).changed).toBe(0);
    expect(difference(upright, stored, (x, y) => !outside(x, y)).mean).toBeGreaterThan(8);
  },
);

test("shows the other images as small prints, inside the hole only", async () => {
  const other = imageOf(await drawScene(40, 40, "webp"));
  const images = [scene, ...Array.from({ length: 15 }, () => other)];
  const [alone, together] = [await pixels(await paint()), await pixels(await paint({ images }))];
  expect(difference(alone, together).changed).toBeGreaterThan(100);
  const masked = await pixels(await paint({ images, mask }));
  expect(difference(await pixels(scene.bytes), masked, (x, y) => !inHole(x, y)).changed).toBe(0);
});

test("names the image that cannot be decoded", async () => {
  const damaged = { ...scene, bytes: scene.bytes.slice(0, 300) };
  await expect(paint({ images: [damaged] })).rejects.toMatchObject({ param: "image" });
  await expect(paint({ images: [scene, damaged] })).rejects.toMatchObject({ param: "image" });
  await expect(paint({ mask: { ...mask, bytes: mask.bytes.slice(0, 60) } })).rejects.toMatchObject({
    param: "mask",
  });
});

test("decodes a JPEG without an end marker or with stray bytes, but not one that lacks pixels", async () => {
  const jpeg = await drawScene(size.width, size.height, "jpeg");
  const of = (bytes: Uint8Array) => codec.decode(bytes);
  const whole = await of(jpeg);
  const end = 4 + new DataView(jpeg.buffer, jpeg.byteOffset).getUint16(4);
  const stray = Buffer.concat([jpeg.subarray(0, end), Buffer.alloc(4), jpeg.subarray(end)]);
  for (const bytes of [jpeg.subarray(0, -2), stray])
    expect(Buffer.compare(Buffer.from((await of(bytes)).data), Buffer.from(whole.data))).toBe(0);
  await expect(of(jpeg.subarray(0, -400))).rejects.toThrow();
});

test("chooses style and color from the terms of the prompt", () => {
  const style = (prompt: string) => chooseStyle(prompt, 0, 100);
  expect(style("Make it a watercolor").style).toBe(style("as an aquarelle").style);
  expect(style("neon lights").style).not.toBe(style("snowy street").style);
  const hues = [0, 1, 2].map((index) => Math.round(chooseStyle("oil", index, 100).paint.hue / 30));
  expect(new Set(hues).size).toBe(3);
  expect(Math.abs(style("a blue oil painting").paint.hue - 218)).toBeLessThan(7);
});

/** How well brightness agrees, -1 to 1. */
function correlation(a: Pixels, b: Pixels): number {
  const light = ({ data }: Pixels) =>
    Array.from(
      { length: data.length / 4 },
      (_, i) => (data[i * 4] ?? 0) + (data[i * 4 + 1] ?? 0) + (data[i * 4 + 2] ?? 0),
    );
  const [one, two] = [light(a), light(b)];
  const mean = (list: number[]) => list.reduce((sum, value) => sum + value, 0) / list.length;
  const [m, n] = [mean(one), mean(two)];
  const product = (p: number[], pm: number, q: number[], qm: number) =>
    p.reduce((sum, value, i) => sum + (value - pm) * ((q[i] ?? 0) - qm), 0);
  return product(one, m, two, n) / Math.sqrt(product(one, m, one, m) * product(two, n, two, n));
}
