import { crc32 } from "node:zlib";
import sharp from "sharp";

type Format = "png" | "jpeg" | "webp" | "gif";

/** Draws a picture of a size in a format, all of one colour. */
export async function picture(format: Format = "png", width = 64, height = width): Promise<Uint8Array> {
  const drawn = sharp({ create: { width, height, channels: 3, background: "#37b" } });
  return new Uint8Array(await drawn.toFormat(format).toBuffer());
}

/** Draws a JPEG that EXIF says to rotate by a quarter: upright it is as wide as it is stored high. */
export async function rotatedPicture(width: number, height: number): Promise<Uint8Array> {
  const drawn = sharp({ create: { width, height, channels: 3, background: "#37b" } });
  return new Uint8Array(await drawn.jpeg().withMetadata({ orientation: 6 }).toBuffer());
}

/** Draws a mask whose left half is fully transparent; `soft` makes it half transparent, `opaque` leaves no hole, `flat` no alpha channel either. */
export async function mask(
  kind: "holed" | "soft" | "opaque" | "flat" = "holed",
  width = 64,
  height = width,
  format: Format = "png",
): Promise<Uint8Array> {
  const channels = kind === "flat" ? 3 : 4;
  const pixels = Buffer.alloc(width * height * channels, 255);
  if (kind === "holed" || kind === "soft") {
    const alpha = kind === "holed" ? 0 : 128;
    for (let at = 3; at < pixels.length; at += 4) if ((at >> 2) % width < width / 2) pixels[at] = alpha;
  }
  return new Uint8Array(
    await sharp(pixels, { raw: { width, height, channels } }).toFormat(format).toBuffer(),
  );
}

/** Makes a valid PNG exactly so many bytes long, by a private chunk of zeros before its end. */
export function padPng(png: Uint8Array, byteLength: number): Uint8Array {
  const padding = byteLength - png.length - 12;
  if (padding < 0)
    throw new RangeError(`The PNG has ${png.length} bytes already, so it can not have ${byteLength}.`);
  const end = png.length - 12;
  const whole = new Uint8Array(byteLength);
  whole.set(png.subarray(0, end));
  const chunk = new Uint8Array(whole.buffer, end, 12 + padding);
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  view.setUint32(0, padding);
  chunk.set(new TextEncoder().encode("prVt"), 4);
  view.setUint32(8 + padding, crc32(chunk.subarray(4, 8 + padding)));
  whole.set(png.subarray(end), end + chunk.length);
  return whole;
}
