import type { EditJob, ImageCodec, Pixels, RenderTarget } from "./edit-job.ts";
import { hsl, mix, smoothstep } from "./pixels/color.ts";
import { hashText, seededRandom } from "./pixels/seeded-random.ts";
import type { Renderer } from "./renderer.ts";

const maxCached = 16;

/**
 * Creates the renderer of placeholders: a gradient with discs in colors of the prompt, in the requested size, independent
 * of the upload. Used where images cannot be decoded, and in test suites that need speed. The latest ones are cached.
 * Without a codec the result is always a PNG.
 */
export function createPlaceholderRenderer(codec: ImageCodec | undefined): Renderer {
  const cache = new Map<string, Promise<Uint8Array>>();
  const encode = (job: EditJob, target: RenderTarget, outputFormat: string) => {
    const pixels = drawPlaceholder(job, target);
    if (!codec || outputFormat === "png") return encodePng(pixels);
    return codec.encode(pixels, outputFormat, job.outputCompression);
  };
  return {
    open:
      async (job) =>
      (target, outputFormat = job.outputFormat) => {
        const { prompt, widthPx, heightPx, outputCompression, background } = job;
        const key = JSON.stringify([
          prompt,
          widthPx,
          heightPx,
          outputCompression,
          background,
          outputFormat,
          target,
        ]);
        const bytes = cache.get(key) ?? encode(job, target, outputFormat);
        cache.set(key, bytes);
        const [oldest] = cache.keys();
        if (cache.size > maxCached && oldest !== undefined) cache.delete(oldest);
        return bytes;
      },
  };
}

function drawPlaceholder(job: EditJob, { index, detail }: RenderTarget): Pixels {
  const { widthPx: width, heightPx: height } = job;
  const random = seededRandom(hashText(`${job.prompt}\n${index}`));
  const hue = random() * 360;
  const [from, to] = [hsl(hue, 0.6, 0.75), hsl(hue + 60, 0.6, 0.4)];
  const shortEdge = Math.min(width, height);
  const discs = Array.from({ length: 5 }, () => ({
    x: random() * width,
    y: random() * height,
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

/** Encodes pixels as a PNG with only what the platform compresses with. */
async function encodePng({ width, height, data }: Pixels): Promise<Uint8Array> {
  const row = width * 4;
  // Each row starts with its filter: 2 stores the difference to the row above, which compresses drawings well.
  const filtered = new Uint8Array(height * (row + 1));
  for (let y = 0; y < height; y += 1) {
    const target = y * (row + 1);
    filtered[target] = 2;
    for (let x = 0; x < row; x += 1) {
      const above = y === 0 ? 0 : (data[(y - 1) * row + x] as number);
      filtered[target + 1 + x] = (data[y * row + x] as number) - above;
    }
  }
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, 6, 0, 0, 0], 8);
  const chunks = [
    Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]),
    pngChunk("IHDR", header),
    pngChunk("IDAT", await deflate(filtered)),
    pngChunk("IEND", new Uint8Array()),
  ];
  return concat(chunks);
}

/** Compresses bytes. Not through a `Blob`: under jsdom it cannot be streamed, and `Response` does not know it. */
async function deflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  // Jest's environments have no `CompressionStream`. Without an import, which bundlers for browsers could not resolve.
  const { process } = globalThis as { process?: Partial<NodeJS.Process> };
  const zlib = process?.getBuiltinModule?.("zlib");
  if (zlib) return zlib.deflateSync(bytes);
  const { readable, writable } = new CompressionStream("deflate");
  const writer = writable.getWriter();
  // Not awaited: the stream takes more only while it is read, and reading throws what writing would.
  const written = writer.write(bytes).then(() => writer.close());
  written.catch(() => undefined);
  const chunks: Uint8Array[] = [];
  const reader = readable.getReader();
  for (let step = await reader.read(); !step.done; step = await reader.read()) chunks.push(step.value);
  await written;
  return concat(chunks);
}

function concat(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function pngChunk(type: string, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const chunk = new Uint8Array(content.length + 12);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, content.length);
  for (let index = 0; index < 4; index += 1) chunk[4 + index] = type.charCodeAt(index);
  chunk.set(content, 8);
  view.setUint32(content.length + 8, crc32(chunk.subarray(4, content.length + 8)));
  return chunk;
}

const crcTable = Int32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) crc = (crc >>> 8) ^ (crcTable[(crc ^ byte) & 255] as number);
  return ~crc;
}
