import type { EditJob, PixelKit, Pixels, RenderTurn } from "./edit-job.ts";
import { encodePng } from "./encode-png.ts";
import { hsl, mix, smoothstep } from "./pixels/color.ts";
import { hashText, seededRandom } from "./pixels/seeded-random.ts";
import type { Renderer } from "./renderer.ts";

const mostKept = 16;

/**
 * Draws placeholders: a gradient with discs in colours of the prompt, at the asked size, without looking at the upload.
 * For where no picture can be unpacked, and for suites that need speed: the latest ones are kept. Without a kit the result
 * is always a PNG.
 */
export function createDrawnRenderer(kit: PixelKit | undefined): Renderer {
  const drawn = new Map<string, Promise<Uint8Array>>();
  const encode = (job: EditJob, turn: RenderTurn, outputFormat: string) => {
    const pixels = drawPlaceholder(job, turn);
    if (!kit || outputFormat === "png") return encodePng(pixels);
    return kit.encode(pixels, outputFormat, job.outputCompression);
  };
  return {
    open:
      async (job) =>
      (turn, outputFormat = job.outputFormat) => {
        const { prompt, widthPx, heightPx, outputCompression, background } = job;
        const key = JSON.stringify([
          prompt,
          widthPx,
          heightPx,
          outputCompression,
          background,
          outputFormat,
          turn,
        ]);
        const bytes = drawn.get(key) ?? encode(job, turn, outputFormat);
        drawn.set(key, bytes);
        const [oldest] = drawn.keys();
        if (drawn.size > mostKept && oldest !== undefined) drawn.delete(oldest);
        return bytes;
      },
  };
}

function drawPlaceholder(job: EditJob, { index, detail }: RenderTurn): Pixels {
  const { widthPx: width, heightPx: height } = job;
  const random = seededRandom(hashText(`${job.prompt}\n${index}`));
  const hue = random() * 360;
  const [from, to] = [hsl(hue, 0.6, 0.75), hsl(hue + 60, 0.6, 0.4)];
  const short = Math.min(width, height);
  const discs = Array.from({ length: 5 }, () => ({
    x: random() * width,
    y: random() * height,
    radius: (0.08 + random() * 0.22) * short,
    colour: hsl(hue + random() * 180, 0.7, 0.55),
  }));
  const rim = 1 + (1 - detail) * short * 0.1;
  const data = new Uint8ClampedArray(width * height * 4);
  const row = new Uint8ClampedArray(4);
  const rows = new Uint32Array(data.buffer);
  for (let y = 0; y < height; y += 1) {
    const level = (channel: 0 | 1 | 2) => mix(from[channel], to[channel], y / height) * 255;
    row.set([level(0), level(1), level(2), job.background === "transparent" ? 0 : 255]);
    rows.fill(new Uint32Array(row.buffer)[0] as number, y * width, (y + 1) * width);
  }
  for (const { x: centreX, y: centreY, radius, colour } of discs) {
    const reach = radius + rim;
    for (let y = Math.max(0, Math.ceil(centreY - reach)); y < Math.min(height, centreY + reach); y += 1) {
      for (let x = Math.max(0, Math.ceil(centreX - reach)); x < Math.min(width, centreX + reach); x += 1) {
        const cover = 0.8 * (1 - smoothstep(radius - rim, reach, Math.hypot(x - centreX, y - centreY)));
        const at = (y * width + x) * 4;
        for (let channel = 0; channel < 3; channel += 1) {
          data[at + channel] = mix(data[at + channel] as number, (colour[channel] as number) * 255, cover);
        }
        data[at + 3] = Math.max(data[at + 3] as number, cover * 255);
      }
    }
  }
  return { width, height, data };
}
