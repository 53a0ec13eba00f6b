import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import sharp from "sharp";

/** A chunk's length, type and checksum. */
const chunkOverhead = 12;
const fileCount = 16;
const mebibyte = 1024 * 1024;

/**
 * Fills the directory of images that every contender sends: `small.png`, a mask of just under 4 MB with its image,
 * sixteen photographs of a camera's resolution, sixteen valid PNGs of 24 MiB (the limit is "smaller than 25 MB") and one of
 * 48 MiB, each mostly a private chunk that does not compress.
 */
async function makeFiles(directory: string): Promise<void> {
  const small = { width: 64, height: 64, channels: 3 as const, background: "#336699" };
  await sharp({ create: small }).png().toFile(join(directory, "small.png"));

  const png = await sharp({ create: { ...small, width: 2048, height: 2048 } })
    .png()
    .toBuffer();
  const big = withPrivateChunk(png, 24 * mebibyte);
  const noise = { type: "gaussian" as const, mean: 128, sigma: 30 };
  const photograph = await sharp({ create: { ...small, width: 3000, height: 2000, noise } })
    .jpeg({ quality: 92 })
    .toBuffer();
  for (let index = 0; index < fileCount; index++) {
    const number = String(index).padStart(2, "0");
    await writeFile(join(directory, `big-24-${number}.png`), big);
    await writeFile(join(directory, `photograph-${number}.jpg`), photograph);
  }
  await writeFile(join(directory, "big-48-00.png"), withPrivateChunk(png, 48 * mebibyte));

  // Noise does not compress, and the one transparent pixel is the last: the entire mask has to be read.
  const sidePx = 1090;
  const pixels = Buffer.alloc(sidePx * sidePx * 4, 255);
  for (let at = 0, seed = 1; at < pixels.length; at++) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    if (at % 4 < 3) pixels[at] = seed >>> 24;
  }
  pixels[pixels.length - 1] = 0;
  const raw = { width: sidePx, height: sidePx, channels: 4 as const };
  await sharp(pixels, { raw }).png({ compressionLevel: 6 }).toFile(join(directory, "mask.png"));
  await sharp({ create: { ...small, width: sidePx, height: sidePx } })
    .png()
    .toFile(join(directory, "masked.png"));
}

function withPrivateChunk(png: Buffer, byteLength: number): Buffer {
  const content = Buffer.alloc(byteLength - png.length - chunkOverhead);
  for (let at = 0; at < content.length; at++) content[at] = (at * 2_654_435_761) >>> 23;
  const type = Buffer.from("prVt");
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(content, crc32(type)));
  const end = png.length - chunkOverhead;
  return Buffer.concat([png.subarray(0, end), length, type, content, checksum, png.subarray(end)]);
}

await makeFiles(process.argv[2] ?? "");
