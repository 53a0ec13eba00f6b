import type { Pixels } from "../edit-job.ts";

/** Encodes pixels as a PNG with only the `CompressionStream` of the platform. */
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
  const packed = new Response(new Blob([filtered]).stream().pipeThrough(new CompressionStream("deflate")));
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, 6, 0, 0, 0], 8);
  const chunks = [
    Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]),
    pngChunk("IHDR", header),
    pngChunk("IDAT", new Uint8Array(await packed.arrayBuffer())),
    pngChunk("IEND", new Uint8Array()),
  ];
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
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
