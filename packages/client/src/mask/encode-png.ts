import { crc32 } from "../media/png/crc32.ts";

/** The approximate size of the batches of rows that are compressed. */
const batchBytes = 524_288;

/**
 * Encodes an alpha plane as a black RGBA PNG with 8 bits per sample, the only kind of mask that every server accepts.
 * It needs no canvas; flat areas compress to a thousandth.
 */
export async function encodePng(
  alpha: Uint8Array,
  width: number,
  height: number,
  pause?: () => Promise<void>,
): Promise<Uint8Array<ArrayBuffer>> {
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, width);
  header.setUint32(4, height);
  header.setUint16(8, 0x0806); // 8 bits, color type 6
  const data = await compress(alpha, width, height, pause);
  const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  const parts = [
    signature,
    chunk("IHDR", new Uint8Array(header.buffer)),
    chunk("IDAT", data),
    chunk("IEND", new Uint8Array(0)),
  ];
  return join(parts);
}

async function compress(
  alpha: Uint8Array,
  width: number,
  height: number,
  pause: (() => Promise<void>) | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const batchRows = Math.max(1, Math.floor(batchBytes / (1 + 4 * width)));
  let row = 0;
  const rows = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      await pause?.();
      if (row === height) return controller.close();
      const count = Math.min(batchRows, height - row);
      const bytes = new Uint8Array(count * (1 + 4 * width));
      for (let i = 0, at = 0; i < count; i += 1, row += 1) {
        at += 1; // filter 0: a black row has nothing to predict
        for (let x = row * width; x < (row + 1) * width; x += 1, at += 4) bytes[at + 3] = alpha[x] ?? 0;
      }
      controller.enqueue(bytes);
    },
  });
  const chunks: Uint8Array[] = [];
  const reader = rows.pipeThrough(new CompressionStream("deflate")).getReader();
  for (let step = await reader.read(); !step.done; step = await reader.read()) chunks.push(step.value);
  return join(chunks);
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
