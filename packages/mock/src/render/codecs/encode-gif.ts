import type { Pixels } from "../edit-job.ts";
import { buildColorTable } from "./color-table.ts";
import { compressLzw } from "./compress-lzw.ts";

const maxDelay = 0xffff;

/**
 * Encodes frames as an animated GIF that repeats forever. Every frame has its own color table. Neither sharp nor a canvas
 * is needed, so that pages and servers return the same bytes.
 *
 * @see https://www.w3.org/Graphics/GIF/spec-gif89a.txt
 */
export async function encodeGif(
  { width, height }: { width: number; height: number },
  frames: Iterable<Pixels>,
  frameDurationMs: number,
): Promise<Uint8Array> {
  const delay = Math.min(maxDelay, Math.max(1, Math.round(frameDurationMs / 10)));
  const blocks: Uint8Array<ArrayBuffer>[] = [
    ascii("GIF89a"),
    Uint8Array.from([...uint16(width), ...uint16(height), 0x70, 0, 0]),
    // Application extension that repeats without end: every viewer knows Netscape's.
    Uint8Array.from([0x21, 0xff, 11, ...ascii("NETSCAPE2.0"), 3, 1, 0, 0, 0]),
  ];
  for (const frame of frames) blocks.push(...encodeFrame(frame, delay));
  blocks.push(Uint8Array.from([0x3b]));
  return new Uint8Array(await new Blob(blocks).arrayBuffer());
}

function encodeFrame(frame: Pixels, delay: number): Uint8Array<ArrayBuffer>[] {
  const { colors, indices, transparentIndex } = buildColorTable(frame);
  const bits = Math.max(2, Math.ceil(Math.log2(colors.length / 3)));
  const table = new Uint8Array(3 * 2 ** bits);
  table.set(colors);
  // A frame with transparency is cleared before the next one (2), or both would show.
  const flags = transparentIndex === undefined ? 1 << 2 : (2 << 2) | 1;
  return [
    Uint8Array.from([0x21, 0xf9, 4, flags, ...uint16(delay), transparentIndex ?? 0, 0]),
    Uint8Array.from([
      0x2c,
      ...uint16(0),
      ...uint16(0),
      ...uint16(frame.width),
      ...uint16(frame.height),
      0x80 | (bits - 1),
    ]),
    table,
    Uint8Array.from([bits]),
    subBlocks(compressLzw(indices, bits)),
  ];
}

/** Splits data into blocks of at most 255 bytes, each after its length, and ends them with an empty one. */
function subBlocks(data: Uint8Array): Uint8Array<ArrayBuffer> {
  const blocks = new Uint8Array(data.length + Math.ceil(data.length / 255) + 1);
  let at = 0;
  for (let offset = 0; offset < data.length; offset += 255) {
    const block = data.subarray(offset, offset + 255);
    blocks[at] = block.length;
    blocks.set(block, at + 1);
    at += block.length + 1;
  }
  return blocks;
}

const uint16 = (value: number) => [value & 0xff, value >>> 8];

function ascii(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
