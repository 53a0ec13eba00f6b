import type { ByteSource } from "../byte-source.ts";
import { crc32 } from "./crc32.ts";

/** A problem of a PNG, as the rest of a sentence about it. Never thrown to users of the package. */
export class PngProblem extends Error {}

/** The header and palette of a PNG. */
export interface PngHeader {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly bitDepth: number;
  /** 0 gray, 2 RGB, 3 palette, 4 gray and alpha, 6 RGB and alpha. */
  readonly colorType: number;
  readonly isInterlaced: boolean;
  /** `PLTE`: three bytes per color. */
  readonly palette?: Uint8Array;
  /** `tRNS`: alpha of the palette's colors, or the one transparent color. */
  readonly transparency?: Uint8Array;
}

/** The bit depths allowed for each color type (PNG, third edition, table 8). */
const bitDepths: Record<number, readonly number[]> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};

/** The longest chunk that must be buffered. `acTL`, `fcTL` and other ancillary chunks are skipped. */
const maxBufferedBytes = 768;

const endsEarly = "ends early: the rest of the file is missing";

/**
 * Reads a PNG from its start: first its header, then its compressed pixels. Checksums of the header, the palette and
 * its transparency are verified; those of `IDAT` are not, because the zlib checksum inside covers the same bytes.
 */
export class PngReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk = new Uint8Array(0) as Uint8Array;
  /** Bytes of the current `IDAT` that were not returned yet. */
  #pending = 0;

  constructor(source: ByteSource) {
    this.#chunks = source.chunks()[Symbol.asyncIterator]();
  }

  /** @throws {PngProblem} when there is no usable header before the pixels */
  async readHeader(): Promise<PngHeader> {
    if (text(await this.#exactly(8)) !== "\x89PNG\r\n\x1a\n") throw new PngProblem("is not a PNG");
    let header: PngHeader | undefined;
    for (;;) {
      const { type, length } = await this.#nextChunk();
      if (type === "IHDR" && !header) header = readIhdr(await this.#checked(type, length));
      else if (!header) throw new PngProblem("is broken: its header is missing");
      else if (type === "PLTE") header = { ...header, palette: await this.#checked(type, length) };
      else if (type === "tRNS")
        header = { ...header, transparency: await this.#readTransparency(header, length) };
      else if (type === "IDAT") {
        this.#pending = length;
        return header;
      } else if (type === "IEND") throw new PngProblem("is broken: it has no pixels");
      else await this.#skip(length + 4);
    }
  }

  /** Yields the compressed pixels, once the header was read; chunks may be retained. */
  async *readData(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    for (;;) {
      while (this.#pending > 0) {
        const bytes = await this.#some(this.#pending);
        this.#pending -= bytes.length;
        yield new Uint8Array(bytes);
      }
      await this.#skip(4);
      // Viewers open a PNG without its last chunk: whether its pixels are complete, the inflater knows.
      const next = await this.#nextChunk().catch(ignoreProblem);
      if (next?.type !== "IDAT") return;
      this.#pending = next.length;
    }
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  async #nextChunk(): Promise<{ type: string; length: number }> {
    const bytes = await this.#exactly(8);
    return { type: text(bytes.subarray(4)), length: viewOf(bytes).getUint32(0) };
  }

  async #checked(type: string, length: number): Promise<Uint8Array> {
    if (length > maxBufferedBytes) throw new PngProblem(`is broken: its ${type} is too long`);
    const data = await this.#exactly(length);
    const sum = crc32(data, crc32(new TextEncoder().encode(type)));
    if (viewOf(await this.#exactly(4)).getUint32(0) !== sum)
      throw new PngProblem(`is broken: the checksum of its ${type} is wrong`);
    return data;
  }

  async #readTransparency({ colorType, palette }: PngHeader, length: number): Promise<Uint8Array> {
    const transparency = await this.#checked("tRNS", length);
    const fits =
      colorType === 0 ? length === 2 : colorType === 2 ? length === 6 : length * 3 <= (palette?.length ?? 0);
    if (!fits && colorType <= 3) throw new PngProblem("is broken: its tRNS has a wrong length");
    return transparency;
  }

  async #exactly(length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; ) {
      const some = await this.#some(length - at);
      bytes.set(some, at);
      at += some.length;
    }
    return bytes;
  }

  async #skip(length: number): Promise<void> {
    for (let rest = length; rest > 0; ) rest -= (await this.#some(rest)).length;
  }

  /** Returns one to `max` bytes. */
  async #some(max: number): Promise<Uint8Array> {
    while (this.#chunk.length === 0) {
      const { done, value } = await this.#chunks.next();
      if (done) throw new PngProblem(endsEarly);
      this.#chunk = value;
    }
    const some = this.#chunk.subarray(0, max);
    this.#chunk = this.#chunk.subarray(some.length);
    return some;
  }
}

function ignoreProblem(error: unknown): undefined {
  if (!(error instanceof PngProblem)) throw error;
}

function readIhdr(data: Uint8Array): PngHeader {
  if (data.length !== 13) throw new PngProblem("is broken: its header has a wrong length");
  const view = viewOf(data);
  const header = {
    widthPx: view.getUint32(0),
    heightPx: view.getUint32(4),
    bitDepth: view.getUint8(8),
    colorType: view.getUint8(9),
    isInterlaced: view.getUint8(12) === 1,
  };
  const { widthPx, heightPx, bitDepth, colorType } = header;
  if (!widthPx || !heightPx || Math.max(widthPx, heightPx) > 0x7fffffff) {
    throw new PngProblem(`is broken: its header says ${widthPx}x${heightPx} pixels`);
  }
  if (!bitDepths[colorType]?.includes(bitDepth) || view.getUint16(10) !== 0 || view.getUint8(12) > 1) {
    throw new PngProblem("is broken: its header describes a kind of PNG that does not exist");
  }
  return header;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function text(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
