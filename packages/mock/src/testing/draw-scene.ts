import sharp from "sharp";

type Format = "png" | "jpeg" | "webp";

/** Draws a photo-like scene: a gradient sky, soft hills, a sun and grain. */
export async function drawScene(width: number, height: number, format: Format = "png"): Promise<Uint8Array> {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const [u, v] = [x / width, y / height];
      const hill = 0.6 + 0.12 * Math.sin(u * 7) + 0.05 * Math.sin(u * 23);
      const sun = Math.max(0, 1 - Math.hypot(u - 0.7, v - 0.25) * 6);
      const grain = ((x * 7919 + y * 104729) % 13) - 6;
      const color = v > hill ? [60 + 80 * v, 120 - 40 * v, 50] : [90 + 120 * v, 150 + 60 * v, 235 - 60 * v];
      data.set(
        color.map((channel) => Math.max(0, Math.min(255, channel + sun * 160 + grain))),
        (y * width + x) * 3,
      );
    }
  }
  return sharp(data, { raw: { width, height, channels: 3 } })
    .toFormat(format)
    .toBuffer();
}

/** Draws a mask: opaque, with a fully transparent rectangle. */
export async function drawMask(
  width: number,
  height: number,
  hole: { left: number; top: number; width: number; height: number },
): Promise<Uint8Array> {
  const data = new Uint8Array(width * height * 4).fill(255);
  for (let y = hole.top; y < hole.top + hole.height; y += 1) {
    data.fill(0, (y * width + hole.left) * 4, (y * width + hole.left + hole.width) * 4);
  }
  return sharp(data, { raw: { width, height, channels: 4 } })
    .png()
    .toBuffer();
}
