import { HuffmanReader, ScanEnded } from "./huffman-reader.ts";
import { type Component, readBlocks, type Scan } from "./read-blocks.ts";

/** Larger files are not decoded: that takes a second, and their bytes are in memory meanwhile. */
const maxBytes = 64 * 1024 * 1024;

/** More blocks than any image has in all of its scans: a tiny file may declare 65,535 x 65,535 pixels. */
const maxBlocks = 2 ** 26;

const maxScans = 200;

/** The format allows 255; no image has more than CMYK, and each takes memory. */
const maxComponents = 4;

/** The Huffman tables of a file as it holds them, by class and id. */
type Tables = Uint8Array[];

/** The tables of ITU-T T.81, annex K.3, as one segment has them: frames of an MJPEG video have none of their own. */
const standardTables =
  "AAABBQEBAQEBAQAAAAAAAAAAAQIDBAUGBwgJCgsQAAIBAwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEV" +
  "UtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeY" +
  "mZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+gEAAwEBAQEBAQEBAQAAAAAA" +
  "AAECAwQFBgcICQoLEQACAQIEBAMEBwUEBAABAncAAQIDEQQFITEGEkFRB2FxEyIygQgUQpGhscEJIzNS8BVictEKFiQ04SXxFxgZ" +
  "GiYnKCkqNTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqCg4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1" +
  "tre4ubrCw8TFxsfIycrS09TV1tfY2dri4+Tl5ufo6ery8/T19vf4+fo";

/**
 * Decodes the Huffman codes of a JPEG without its pixels' values, and returns whether every pixel of every component
 * is there in full precision, up to the last scan. Arithmetic coding and lossless JPEG are not decoded.
 */
export function hasAllScans(bytes: Uint8Array): boolean {
  if (bytes.length > maxBytes) return false;
  try {
    return readScans(bytes);
  } catch (error) {
    if (error instanceof ScanEnded) return false;
    throw error;
  }
}

function readScans(bytes: Uint8Array): boolean {
  const tables: Tables = [];
  readTables(
    Uint8Array.from(atob(standardTables), (char) => char.charCodeAt(0)),
    tables,
  );
  let frame: Frame | undefined;
  let restartInterval = 0;
  let blocksLeft = maxBlocks;
  let scansLeft = maxScans;
  for (let at = findMarker(bytes, 2); at + 4 <= bytes.length; at = findMarker(bytes, at)) {
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) {
      at += 2;
      continue;
    }
    const end = at + 2 + Math.max(2, readUint16(bytes, at + 2));
    const data = bytes.subarray(at + 4, end);
    // Cut within a segment: the precision shows whether a scan is missing.
    if (end > bytes.length) break;
    at = end;
    if (marker === 0xc4) readTables(data, tables);
    else if (marker === 0xdd) restartInterval = readUint16(data, 0);
    else if (marker >= 0xc0 && marker <= 0xc2) frame = readFrame(data, marker === 0xc2);
    else if (marker === 0xda) {
      if (!frame) return false;
      const scan = readScanHeader(data, frame, tables);
      blocksLeft -= blocksOf(scan, frame);
      scansLeft -= 1;
      if (Math.min(blocksLeft, scansLeft) < 0) return false;
      at = readScan(bytes, at, scan, frame, restartInterval);
      markRead(scan);
    }
  }
  const components = frame?.components ?? [];
  return components.length > 0 && components.every(({ precision }) => precision.every((left) => left === 0));
}

interface Frame {
  readonly isProgressive: boolean;
  readonly mcusPerLine: number;
  readonly mcuLines: number;
  readonly components: readonly (Component & { readonly id: number })[];
}

/** Returns the offset of the next marker, or of the end. */
function findMarker(bytes: Uint8Array, start: number): number {
  for (let at = start; at < bytes.length; at += 1) {
    if (bytes[at] !== 0xff) continue;
    const next = bytes[at + 1];
    if (next !== 0xff && next !== 0) return at;
  }
  return bytes.length;
}

/** Reads where the tables of a segment are. They are built when a scan uses them: a file may have a million. */
function readTables(data: Uint8Array, tables: Tables): void {
  for (let at = 0; at + 17 <= data.length; ) {
    let end = at + 17;
    for (let length = 1; length <= 16; length += 1) end += data[at + length] ?? 0;
    const id = data[at] ?? 0;
    tables[id] = data.subarray(at + 1, end);
    at = end;
  }
}

function readFrame(data: Uint8Array, isProgressive: boolean): Frame {
  const heightPx = readUint16(data, 1);
  const widthPx = readUint16(data, 3);
  const count = data[5] ?? 0;
  if (count > maxComponents) throw new ScanEnded();
  const given = Array.from({ length: count }, (_, index) => {
    const [id = 0, sampling = 0] = data.subarray(6 + index * 3, 9 + index * 3);
    return { id, horizontal: sampling >> 4, vertical: sampling & 15 };
  });
  // ITU-T T.81, B.2.2. With 0, a scan would have MCUs without blocks, which no limit counts.
  if (given.some(({ horizontal, vertical }) => !isSampling(horizontal) || !isSampling(vertical)))
    throw new ScanEnded();
  const maxHorizontal = Math.max(...given.map(({ horizontal }) => horizontal));
  const maxVertical = Math.max(...given.map(({ vertical }) => vertical));
  return {
    isProgressive,
    mcusPerLine: Math.ceil(widthPx / (8 * maxHorizontal)),
    mcuLines: Math.ceil(heightPx / (8 * maxVertical)),
    components: given.map(({ id, horizontal, vertical }) => ({
      id,
      blocksPerMcu: horizontal * vertical,
      blocks:
        Math.ceil((widthPx * horizontal) / (8 * maxHorizontal)) *
        Math.ceil((heightPx * vertical) / (8 * maxVertical)),
      precision: new Int8Array(64).fill(-1),
      nonZero: undefined,
    })),
  };
}

function isSampling(factor: number): boolean {
  return factor >= 1 && factor <= 4;
}

function readScanHeader(data: Uint8Array, frame: Frame, tables: Readonly<Tables>): Scan {
  const count = data[0] ?? 0;
  const [first = 0, last = 0, approximation = 0] = data.subarray(1 + count * 2);
  // ITU-T T.81, B.2.3. Without coefficients, a tiny file would have millions of blocks that need no data.
  if (frame.isProgressive && (first > last || last > 63)) throw new ScanEnded();
  const parts = Array.from({ length: count }, (_, index) => {
    const [id, selectors = 0] = data.subarray(1 + index * 2);
    const component = frame.components.find((known) => known.id === id);
    if (!component) throw new ScanEnded();
    return { component, dc: tables[selectors >> 4], ac: tables[16 | (selectors & 15)] };
  });
  return frame.isProgressive
    ? { parts, first, last, isRefinement: approximation > 15, left: approximation & 15 }
    : { parts, first: 0, last: 63, isRefinement: false, left: 0, isSequential: true };
}

function blocksOf({ parts }: Scan, { mcusPerLine, mcuLines }: Frame): number {
  if (parts.length === 1) return parts[0]?.component.blocks ?? 0;
  return mcusPerLine * mcuLines * parts.reduce((sum, { component }) => sum + component.blocksPerMcu, 0);
}

/** Reads the codes of a scan, and returns the offset behind them. */
function readScan(
  bytes: Uint8Array,
  start: number,
  scan: Scan,
  { mcusPerLine, mcuLines }: Frame,
  restartInterval: number,
): number {
  const reader = new HuffmanReader(bytes, start);
  const isInterleaved = scan.parts.length > 1;
  const mcus = isInterleaved ? mcusPerLine * mcuLines : (scan.parts[0]?.component.blocks ?? 0);
  const read = readBlocks(reader, scan);
  for (let mcu = 0; mcu < mcus; ) {
    const stop = restartInterval > 0 ? Math.min(mcus, mcu + restartInterval) : mcus;
    read(mcu, stop);
    mcu = stop;
    reader.align();
    if (mcu === mcus) break;
    const marker = findMarker(bytes, reader.at);
    if (((bytes[marker + 1] ?? 0) & 0xf8) !== 0xd0) throw new ScanEnded();
    reader.at = marker + 2;
  }
  return reader.at;
}

function markRead({ parts, first, last, left }: Scan): void {
  for (const { component } of parts) component.precision.fill(left, first, last + 1);
}

function readUint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}
