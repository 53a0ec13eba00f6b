import sharp from "sharp";

const heightPx = 512;
const gapPx = 16;

/** Draws two images side by side, each 512 px high, with a white gap between them. */
export async function drawStrip(before: string, after: string, target: string): Promise<void> {
  const panels = await Promise.all(
    [before, after].map((path) =>
      sharp(path).rotate().resize({ height: heightPx }).png().toBuffer({ resolveWithObject: true }),
    ),
  );
  let left = 0;
  const overlays = panels.map((panel) => {
    const overlay = { input: panel.data, left, top: 0 };
    left += panel.info.width + gapPx;
    return overlay;
  });
  await sharp({ create: { width: left - gapPx, height: heightPx, channels: 3, background: "white" } })
    .composite(overlays)
    .png({ compressionLevel: 9 })
    .toFile(target);
}
