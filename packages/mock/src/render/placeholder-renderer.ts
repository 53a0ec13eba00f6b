import type { EditJob, ImageCodec, Pixels, RenderTarget } from "./edit-job.ts";
import { encodeResult } from "./encode-result.ts";
import { hsl, mix, smoothstep } from "./pixels/color.ts";
import { hashText, seededRandom } from "./pixels/seeded-random.ts";
import type { Renderer } from "./renderer.ts";

const maxCached = 16;

/**
 * Creates the renderer of placeholders: a gradient with discs in colors of the prompt, in the requested size, independent
 * of the upload. Used where images cannot be decoded, and in test suites that need speed. The latest ones are cached.
 */
export function createPlaceholderRenderer(codec: ImageCodec | undefined): Renderer {
  const cache = new Map<string, Promise<Uint8Array>>();
  const encode = (job: EditJob, target: RenderTarget, outputFormat: string) =>
    // Node's and a page's own compression is faster than a codec for these drawings.
    encodeResult(job, outputFormat, outputFormat === "png" ? undefined : codec, (progress) =>
      drawPlaceholder(job, target, progress),
    );
  return {
    open:
      async (job) =>
      (target, outputFormat = job.outputFormat) => {
        // Everything but the uploads, which are large and not drawn.
        const key = JSON.stringify({ ...job, images: [], mask: undefined, outputFormat, target });
        const bytes = cache.get(key) ?? encode(job, target, outputFormat);
        cache.set(key, bytes);
        const [oldest] = cache.keys();
        if (cache.size > maxCached && oldest !== undefined) cache.delete(oldest);
        return bytes;
      },
  };
}

/** Draws discs, which rise into their place with the progress of a GIF. */
function drawPlaceholder(job: EditJob, { index, detail }: RenderTarget, progress: number): Pixels {
  const { widthPx: width, heightPx: height } = job;
  const random = seededRandom(hashText(`${job.prompt}\n${index}`));
  const hue = random() * 360;
  const [from, to] = [hsl(hue, 0.6, 0.75), hsl(hue + 60, 0.6, 0.4)];
  const shortEdge = Math.min(width, height);
  const discs = Array.from({ length: 5 }, () => ({
    x: random() * width,
    y: random() * height + (1 - progress) * height * 0.25,
    radius: (0.08 + random() * 0.22) * shortEdge,
    color: hsl(hue + random() * 180, 0.7, 0.55),
  }));
  const rim = 1 + (1 - detail) * shortEdge * 0.1;
  const data = new Uint8ClampedArray(width * height * 4);
  const row = new Uint8ClampedArray(4);
  const rows = new Uint32Array(data.buffer);
  for (let y = 0; y < height; y += 1) {
    const level = (channel: 0 | 1 | 2) => mix(from[channel], to[channel], y / height) * 255;
    row.set([level(0), level(1), level(2), job.background === "transparent" ? 0 : 255]);
    rows.fill(new Uint32Array(row.buffer)[0] as number, y * width, (y + 1) * width);
  }
  for (const { x: centerX, y: centerY, radius, color } of discs) {
    const reach = radius + rim;
    for (let y = Math.max(0, Math.ceil(centerY - reach)); y < Math.min(height, centerY + reach); y += 1) {
      for (let x = Math.max(0, Math.ceil(centerX - reach)); x < Math.min(width, centerX + reach); x += 1) {
        const cover = 0.8 * (1 - smoothstep(radius - rim, reach, Math.hypot(x - centerX, y - centerY)));
        const at = (y * width + x) * 4;
        for (let channel = 0; channel < 3; channel += 1) {
          data[at + channel] = mix(data[at + channel] as number, (color[channel] as number) * 255, cover);
        }
        data[at + 3] = Math.max(data[at + 3] as number, cover * 255);
      }
    }
  }
  return { width, height, data };
}
