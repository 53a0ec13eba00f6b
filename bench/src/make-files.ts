import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import sharp from "sharp";

/** A chunk's length, type and checksum. */
const chunkOverhead = 12;
const bigFiles = 16;
const bigBytes = 24 * 1024 * 1024;

/**
 * Makes the folder of pictures that every contender sends: `small.png`, a mask of just under 4 MB with its picture,
 * and sixteen valid PNGs of 24 MiB, most of it a private chunk that does not compress.
 */
export async function makeFiles(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "retouch-bench-files-"));
  const small = { width: 64, height: 64, channels: 3 as const, background: "#336699" };
  await sharp({ create: small }).png().toFile(join(folder, "small.png"));

  const png = await sharp({ create: { ...small, width: 2048, height: 2048 } })
    .png()
    .toBuffer();
  const noise = Buffer.alloc(bigBytes - png.length - chunkOverhead);
  for (let at = 0; at < noise.length; at++) noise[at] = (at * 2_654_435_761) >>> 23;
  // The limit is "smaller than 25 MB": 24 MiB is inside.
  const big = withPrivateChunk(png, noise);
  for (let index = 0; index < bigFiles; index++) {
    await writeFile(join(folder, `big-${String(index).padStart(2, "0")}.png`), big);
  }

  const sidePx = 1448;
  const pixels = Buffer.alloc(sidePx * sidePx * 4);
  for (let at = 0; at < pixels.length; at++)
    pixels[at] = at % 4 === 3 ? 255 : at % 8 < 4 ? (at * 40_503) >>> 9 : 0;
  pixels[pixels.length - 1] = 0;
  const raw = { width: sidePx, height: sidePx, channels: 4 as const };
  await sharp(pixels, { raw }).png({ compressionLevel: 6 }).toFile(join(folder, "mask.png"));
  await sharp({ create: { ...small, width: sidePx, height: sidePx } })
    .png()
    .toFile(join(folder, "masked.png"));
  return folder;
}

function withPrivateChunk(png: Buffer, content: Buffer): Buffer {
  const type = Buffer.from("prVt");
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(content, crc32(type)));
  const end = png.length - chunkOverhead;
  return Buffer.concat([png.subarray(0, end), length, type, content, checksum, png.subarray(end)]);
}
