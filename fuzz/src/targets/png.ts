import { crc32, deflateSync, inflateSync } from "node:zlib";
import { InvalidInputError } from "../../../packages/client/src/errors/errors.ts";
import { maskFromAlpha, maskFromBlackWhite } from "../../../packages/client/src/mask/mask-from-png.ts";
import { type ByteSource, openByteSource } from "../../../packages/client/src/media/byte-source.ts";
import { hasAllRows, inspectMask } from "../../../packages/client/src/media/inspect-mask.ts";
import type { Random } from "../engine/random.ts";
import { check, type Target } from "../engine/target.ts";
import { chunksOf, sameForChunks } from "../oracles/chunks.ts";
import { checkPrintable } from "../oracles/secrets.ts";

const signature = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

function png(
  width: number,
  height: number,
  depth: number,
  type: number,
  interlace: number,
  rows: string,
  before: Buffer[] = [],
): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, type, 0, 0, interlace], 8);
  const data = deflateSync(Buffer.from(rows, "latin1"));
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    ...before,
    chunk("IDAT", data),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

interface Chunk {
  readonly type: string;
  readonly data: Uint8Array;
}

function chunksIn(input: Uint8Array): Chunk[] {
  const bytes = Buffer.from(input);
  const chunks: Chunk[] = [];
  for (let at = 8; at + 8 <= bytes.length; ) {
    const length = Math.min(bytes.readUInt32BE(at), bytes.length - at - 8);
    chunks.push({
      type: bytes.toString("latin1", at + 4, at + 8),
      data: bytes.subarray(at + 8, at + 8 + length),
    });
    at += length + 12;
  }
  return chunks;
}

/** Returns the inflated pixels, if they are complete. */
function inflated(chunks: readonly Chunk[]): Buffer | undefined {
  try {
    return inflateSync(Buffer.concat(chunks.filter(({ type }) => type === "IDAT").map(({ data }) => data)), {
      maxOutputLength: 65_536,
    });
  } catch {
    return undefined; // damaged: only the checksums around it are corrected
  }
}

/** Yields the same bytes in chunks of another size. */
function sourceOf(input: Uint8Array, size: number): ByteSource {
  return { ...openByteSource(input, "mask"), chunks: () => chunksOf(input, size) };
}

export const target: Target = {
  name: "png",
  covers: [
    "packages/client/src/media/inspect-mask.ts",
    "packages/client/src/media/png/",
    "packages/client/src/mask/mask-from-png.ts",
  ],
  seeds: [
    png(2, 2, 8, 6, 0, "\0abcdefgh\x01abcdefgh"),
    png(3, 3, 8, 6, 1, "\0abcd\0abcd\0abcdefgh\0abcd\0abcd\0abcd\0abcdefghijkl"),
    png(
      4,
      5,
      8,
      4,
      0,
      "\0\0\xff\0\0\0\x7f\0\0\x01\0\xff\0\xff\0\xff\0\xff\x02\0\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\0\0\x04\0\0\0\0\0\0\0\0",
    ),
    png(9, 1, 1, 3, 0, "\0\xaa\x80", [
      chunk("PLTE", Buffer.from("abcdef")),
      chunk("tRNS", Buffer.from("\0\xff", "latin1")),
    ]),
    png(3, 1, 2, 0, 0, "\0\x1b", [chunk("tRNS", Buffer.from("\0\x01", "latin1"))]),
    png(1, 1, 16, 6, 0, "\0abcdefgh"),
    png(2, 1, 8, 2, 0, "\0abcabd", [chunk("tRNS", Buffer.from("\0a\0b\0c", "latin1"))]),
    png(1, 1, 16, 0, 0, "\0ab", [chunk("gAMA", Buffer.alloc(4))]),
  ],
  dictionary: [
    "IHDR",
    "PLTE",
    "tRNS",
    "IDAT",
    "IEND",
    "acTL",
    Buffer.from([0, 0, 0, 1]),
    Buffer.from([8, 6, 0, 0, 0]),
  ],
  maxBytes: 8192,
  // Pixels are compressed: a byte of a file can be a thousand of them, each read up to four times for three sizes of chunks.
  maxSteps: { fixed: 100_000, perByte: 60_000 },
  mutate(input, random: Random) {
    const chunks = chunksIn(input);
    const rows = random.below(2) === 0 ? inflated(chunks) : undefined;
    if (rows) {
      for (let count = random.below(8); count > 0; count -= 1)
        rows[random.below(rows.length)] = random.below(random.pick([5, 256]));
      const at = chunks.findIndex(({ type }) => type === "IDAT");
      const first = chunks[at];
      if (first) {
        const length = random.pick([rows.length, rows.length - 1, rows.length + 1]);
        const data = deflateSync(Buffer.concat([rows, Buffer.alloc(1)]).subarray(0, length));
        const cut = random.below(2) === 0 ? data.length : random.below(data.length);
        chunks.splice(
          at,
          1,
          { type: "IDAT", data: data.subarray(0, cut) },
          ...(cut < data.length ? [{ type: "IDAT", data: data.subarray(cut) }] : []),
        );
      }
    }
    return new Uint8Array(Buffer.concat([signature, ...chunks.map(({ type, data }) => chunk(type, data))]));
  },
  async run(input) {
    const info = await inspectMask(openByteSource(input, "mask"));
    await sameForChunks(
      input.length,
      async (size) => {
        const read = await inspectMask(sourceOf(input, size));
        // What is seen of a broken file first depends on how much of it there is, and reading stops when all is known.
        const isKnown = read.softAlpha && read.transparentPixels !== "none";
        return read.problem === undefined && !isKnown ? read : "broken, or known before its end";
      },
      "a mask is read the same for any chunks",
    );
    if (info.problem) checkPrintable(info.problem, "a problem");
    await sameForChunks(
      input.length,
      (size) => hasAllRows(sourceOf(input, size)),
      "rows are counted the same for any chunks",
    );
    const pixels = (info.widthPx ?? 0) * (info.heightPx ?? 0);
    // Larger masks are allocated as a whole.
    if (pixels > 1_000_000) return;
    for (const make of [maskFromAlpha, maskFromBlackWhite]) {
      const mask = await make(input).catch((error: unknown) => {
        if (error instanceof InvalidInputError) return undefined;
        throw error;
      });
      if (mask === undefined) continue;
      check(!(make === maskFromAlpha && info.problem), "a broken mask makes no mask", () =>
        String(info.problem),
      );
      const written = await inspectMask(openByteSource(await mask.toPng(), "mask"));
      check(
        written.widthPx === info.widthPx && written.heightPx === info.heightPx,
        "a written mask has the same size",
      );
      check(
        !written.problem && !written.softAlpha && written.hasAlpha,
        "a written mask is complete and hard",
      );
      if (make === maskFromAlpha && !info.softAlpha && info.hasAlpha)
        check(
          written.transparentPixels === info.transparentPixels,
          "a hard mask is written as it was read",
          () => `${written.transparentPixels}, not ${info.transparentPixels}`,
        );
    }
  },
};
