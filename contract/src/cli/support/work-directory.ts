import { randomBytes } from "node:crypto";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach } from "vitest";

/** Creates an empty directory for the tests of a file. */
export async function makeDirectory(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const at = await realpath(await mkdtemp(path.join(tmpdir(), "retouch-cli-")));
  return { path: at, remove: () => rm(at, { recursive: true, force: true, maxRetries: 3 }) };
}

/** Creates a directory with an image `photo.png` of 64x48 for each test; call it at the top of a file. */
export function useWorkDirectory(): { readonly path: string } {
  const directory = { path: "" };
  beforeEach(async () => {
    directory.path = await realpath(await mkdtemp(path.join(tmpdir(), "retouch-cli-")));
    await drawPhoto(path.join(directory.path, "photo.png"));
  });
  afterEach(() => rm(directory.path, { recursive: true, force: true, maxRetries: 3 }));
  return directory;
}

/** Draws a small image with a gradient. */
export async function drawPhoto(file: string, size = { width: 64, height: 48 }): Promise<void> {
  const pixels = new Uint8Array(size.width * size.height * 3).map((_, at) => (at * 7) % 251);
  await sharp(pixels, { raw: { ...size, channels: 3 } }).toFile(file);
}

/** Returns a PNG of one color, encoded as in a response. */
export async function pngBase64(width = 16, height = 16): Promise<string> {
  const image = sharp({ create: { width, height, channels: 3, background: "#c04020" } });
  return (await image.png().toBuffer()).toString("base64");
}

/** Returns an incompressible PNG: three bytes per pixel. */
export async function noiseBase64(side: number): Promise<string> {
  const raw = { width: side, height: side, channels: 3 } as const;
  return (
    await sharp(randomBytes(side * side * 3), { raw })
      .png()
      .toBuffer()
  ).toString("base64");
}
