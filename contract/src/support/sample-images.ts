import { crc32 } from "node:zlib";
import sharp from "sharp";

type Format = "png" | "jpeg" | "webp" | "gif";

/** Draws an image of one color. */
export async function drawImage(format: Format = "png", width = 64, height = width): Promise<Uint8Array> {
  const drawn = sharp({ create: { width, height, channels: 3, background: "#37b" } });
  return new Uint8Array(await drawn.toFormat(format).toBuffer());
}

/** Draws a JPEG that EXIF rotates by 90 degrees: its upright width is its stored height. */
export async function rotatedImage(width: number, height: number): Promise<Uint8Array> {
  const drawn = sharp({ create: { width, height, channels: 3, background: "#37b" } });
  return new Uint8Array(await drawn.jpeg().withMetadata({ orientation: 6 }).toBuffer());
}

/** Draws a mask whose left half is fully transparent; `soft` makes that half semi-transparent, `opaque` has no transparent part, and `flat` has no alpha channel. */
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

/** Pads a valid PNG to exactly `byteLength` bytes with a private chunk of zeros before its end. */
export function padPng(png: Uint8Array, byteLength: number): Uint8Array {
  const padding = byteLength - png.length - 12;
  if (padding < 0)
    throw new RangeError(`The PNG has ${png.length} bytes already, so it cannot have ${byteLength}.`);
  const end = png.length - 12;
  const padded = new Uint8Array(byteLength);
  padded.set(png.subarray(0, end));
  const chunk = new Uint8Array(padded.buffer, end, 12 + padding);
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  view.setUint32(0, padding);
  chunk.set(new TextEncoder().encode("prVt"), 4);
  view.setUint32(8 + padding, crc32(chunk.subarray(4, 8 + padding)));
  padded.set(png.subarray(end), end + chunk.length);
  return padded;
}
