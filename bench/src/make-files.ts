import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";

const bigFiles = 16;
const bigBytes = 24 * 1024 * 1024;

/**
 * Makes the folder of pictures that every contender sends: `small.png`, a mask of just under 4 MB with its picture,
 * and sixteen real PNG heads followed by 24 MiB that do not compress.
 */
export async function makeFiles(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "retouch-bench-files-"));
  const small = { width: 64, height: 64, channels: 3 as const, background: "#336699" };
  await sharp({ create: small }).png().toFile(join(folder, "small.png"));

  const head = await sharp({ create: { ...small, width: 2048, height: 2048 } })
    .png()
    .toBuffer();
  const noise = Buffer.alloc(bigBytes - 1_024);
  for (let at = 0; at < noise.length; at++) noise[at] = (at * 2_654_435_761) >>> 23;
  for (let index = 0; index < bigFiles; index++) {
    // The limit is "smaller than 25 MB": 24 MiB is inside. Only the head is read before sending.
    await writeFile(
      join(folder, `big-${String(index).padStart(2, "0")}.png`),
      Buffer.concat([head.subarray(0, 57), noise]),
    );
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
