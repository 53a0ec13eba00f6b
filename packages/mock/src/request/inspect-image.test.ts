import fc from "fast-check";
import sharp, { type Sharp } from "sharp";
import { expect, test } from "vitest";
import { drawScene } from "../testing/draw-scene.ts";
import { inspectImage } from "./inspect-image.ts";

const variants = {
  "8-bit PNG": (image: Sharp) => image.png(),
  "palette PNG": (image: Sharp) => image.png({ palette: true }),
  "16-bit PNG": (image: Sharp) => image.toColourspace("rgb16").png(),
  JPEG: (image: Sharp) => image.jpeg(),
  "progressive JPEG with EXIF": (image: Sharp) =>
    image.withExif({ IFD0: { Copyright: "x".repeat(999) } }).jpeg({ progressive: true }),
  "lossy WebP": (image: Sharp) => image.webp(),
  "lossless WebP": (image: Sharp) => image.webp({ lossless: true }),
  "WebP with alpha": (image: Sharp) => image.ensureAlpha(0.5).webp(),
  GIF: (image: Sharp) => image.gif(),
};

test.each(Object.entries(variants))("reads type and size of %s", async (name, write) => {
  const bytes = await write(sharp(await drawScene(77, 41))).toBuffer();
  const mediaType = `image/${/PNG|JPEG|WebP|GIF/.exec(name)?.[0].toLowerCase()}`;
  expect(inspectImage(bytes)).toEqual({ mediaType, widthPx: 77, heightPx: 41, orientation: 1 });
});

test("skips stray bytes between the segments of a JPEG", async () => {
  const bytes = await drawScene(77, 41, "jpeg");
  const end = 4 + new DataView(bytes.buffer, bytes.byteOffset).getUint16(4);
  const stray = Buffer.concat([bytes.subarray(0, end), Buffer.from([0, 1, 0xff, 0, 2]), bytes.subarray(end)]);
  expect(inspectImage(stray)).toEqual({ mediaType: "image/jpeg", widthPx: 77, heightPx: 41, orientation: 1 });
});

test("names formats that are not accepted as input, and recognizes no others", async () => {
  const avif = await sharp(await drawScene(16, 16))
    .avif()
    .toBuffer();
  expect(inspectImage(avif)?.mediaType).toBe("image/avif");
  expect(inspectImage(new TextEncoder().encode("%PDF-1.7"))?.mediaType).toBe("application/pdf");
  expect(inspectImage(new TextEncoder().encode("<svg/>"))).toBeUndefined();
  expect(inspectImage(new Uint8Array())).toBeUndefined();
});

test("survives any bytes, and any cut or flip of real ones", async () => {
  const real = await Promise.all([drawScene(9, 9), drawScene(9, 9, "jpeg"), drawScene(9, 9, "webp")]);
  fc.assert(fc.property(fc.uint8Array(), (bytes) => void inspectImage(bytes)));
  fc.assert(
    fc.property(
      fc.constantFrom(...real),
      fc.nat(400),
      fc.nat(400),
      fc.nat(255),
      (bytes, length, at, value) => {
        const cut = bytes.slice(0, length);
        if (at < cut.length) cut[at] = value;
        inspectImage(cut);
      },
    ),
  );
});
