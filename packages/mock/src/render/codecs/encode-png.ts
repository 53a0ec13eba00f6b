import type { Pixels } from "../edit-job.ts";

/** Encodes pixels as a PNG with only what the platform compresses with. */
export async function encodePng({ width, height, data }: Pixels): Promise<Uint8Array> {
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
