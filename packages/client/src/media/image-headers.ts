import { exifOrientation } from "./exif.ts";

/** What some servers reject although viewers open it. */
export type ImageNote =
  /** Only its last bytes are missing; all pixels are there. */
  | "missing_end"
  | "cmyk"
  /** An MPO file (CIPA DC-007), as cameras make for a gain map or a second view. */
  | "multiple_images"
  /** A JPEG of ITU-T T.81's frame types 9 to 15. */
  | "arithmetic_jpeg"
  /** A JPEG of frame type 3 or 7. */
  | "lossless_jpeg"
  /** The last bytes are missing, and whether all pixels are there is not known. */
  | "unchecked_end";

/** Properties of an image, filled in while its headers are read. */
export interface HeaderInfo {
  widthPx?: number;
  heightPx?: number;
  orientation: number;
  animated?: boolean;
  notes?: ImageNote[];
  /** Only the end was not found. Whether all pixels are there takes decoding. */
  isEndMissing?: boolean;
}

/**
 * A generator that requests the bytes from `start` up to, but not including, `end`. It receives fewer only where the
 * file ends, and returns what is wrong with the image.
 */
export type HeaderReader<Result = string | undefined> = Generator<
  readonly [start: number, end: number],
  Result,
  Uint8Array
>;

export const endsEarly = "ends early: the rest of the file is missing";
export const noHeader = "is broken: its header is missing";
const noPixels = "is broken: it has no pixels";
const maxExifBytes = 65_536;

/** The last chunk of a PNG, with its checksum. */
const iend = "\0\0\0\0IEND\xae\x42\x60\x82";

/** Adds a note, once. */
export function addNote(info: HeaderInfo, note: ImageNote): void {
  if (!info.notes?.includes(note)) info.notes = [...(info.notes ?? []), note];
}

/** Reads a PNG's chunks before its pixels (PNG, third edition, sections 5 and 11), and checks that it is complete. */
export function* readPng(info: HeaderInfo, byteLength: number): HeaderReader {
  let hasPixels = false;
  for (let at = 8; ; ) {
    const chunk = yield [at, at + 25];
    if (chunk.length < 12) {
      if (hasPixels && iend.startsWith(ascii(chunk, 0, chunk.length))) info.isEndMissing = true;
      return endsEarly;
    }
    const view = viewOf(chunk);
    const type = ascii(chunk, 4, 8);
    const end = at + 12 + view.getUint32(0);
    if (at === 8) {
      if (type !== "IHDR" || end !== 33) return noHeader;
      if (chunk.length < 25) return endsEarly;
      const problem = setSize(info, view.getUint32(8), view.getUint32(12));
      if (problem) return problem;
    }
    if (type === "acTL") info.animated = true;
    if (type === "eXIf")
      info.orientation = exifOrientation(yield [at + 8, Math.min(end - 4, at + maxExifBytes)]);
    if (end > byteLength) return endsEarly;
    if (type === "IEND") return hasPixels ? undefined : noPixels;
    if (type === "IDAT" && !hasPixels) {
      hasPixels = true;
      // The last bytes are usually the last chunk. Only otherwise are the chunks in between visited.
      if (ascii(yield [byteLength - 12, byteLength], 4, 8) === "IEND") return undefined;
    }
    at = end;
  }
}

/** Reads a WebP's chunks (RFC 9649): lossy, lossless and extended. */
export function* readWebp(info: HeaderInfo, byteLength: number): HeaderReader {
  const riffEnd = 8 + viewOf(yield [0, 12]).getUint32(4, true);
  let hasPixels = false;
  let hasExif = false;
  for (let at = 12; at < riffEnd && (hasExif || !hasPixels || riffEnd > byteLength); ) {
    const chunk = yield [at, at + 18];
    // Its chunks are complete: the last padding byte is missing, or the encoder counted the RIFF header too.
    if (hasPixels && at >= byteLength && riffEnd - byteLength <= 8) break;
    if (chunk.length < 8) return endsEarly;
    const view = viewOf(chunk);
    const type = ascii(chunk, 0, 4);
    const end = at + 8 + view.getUint32(4, true);
    const isSized = /^VP8[ LX]$/.test(type);
    if (end > byteLength || (isSized && chunk.length < (type === "VP8L" ? 13 : 18))) return endsEarly;
    if (end > riffEnd) return "is broken: one of its chunks is longer than the file";
    if (isSized && !info.widthPx) {
      const problem = setSize(info, ...sizeIn(type, view));
      if (problem) return problem;
    }
    if (type === "VP8X") {
      info.animated = (view.getUint8(8) & 2) > 0;
      hasExif = (view.getUint8(8) & 8) > 0;
    }
    if (/^(VP8[ L]|ANMF)$/.test(type)) hasPixels = true;
    if (type === "EXIF") {
      info.orientation = exifOrientation(yield [at + 8, Math.min(end, at + maxExifBytes)]);
      hasExif = false;
    }
    at = end + (end & 1);
  }
  if (hasPixels && riffEnd > byteLength) addNote(info, "missing_end");
  return hasPixels ? undefined : noPixels;
}

/** Reads the logical screen of a GIF (GIF89a, 18), and checks that the trailer is there. */
export function* readGif(info: HeaderInfo, byteLength: number): HeaderReader {
  const head = yield [0, 13];
  if (head.length < 13) return endsEarly;
  const view = viewOf(head);
  const problem = setSize(info, view.getUint16(6, true), view.getUint16(8, true));
  if (problem) return problem;
  const tail = yield [Math.max(13, byteLength - 1024), byteLength];
  // Encoders fill up with zeros; anything else after the trailer is not of this format.
  let last = tail.length - 1;
  while (last > 0 && tail[last] === 0) last--;
  return tail[last] === 0x3b ? undefined : endsEarly;
}

/** Returns width and height of a `VP8 `, `VP8L` or `VP8X` chunk, or 0 if its signature is wrong. */
function sizeIn(type: string, view: DataView): [number, number] {
  if (type === "VP8X")
    return [1 + (view.getUint32(12, true) & 0xffffff), 1 + (view.getUint32(14, true) >>> 8)];
  if (type === "VP8L") {
    const bits = view.getUint32(9, true);
    return view.getUint8(8) === 0x2f ? [1 + (bits & 0x3fff), 1 + ((bits >>> 14) & 0x3fff)] : [0, 0];
  }
  const isKeyFrame = (view.getUint8(8) & 1) === 0 && (view.getUint32(10) & 0xffffff) === 0x9d012a;
  return isKeyFrame ? [view.getUint16(14, true) & 0x3fff, view.getUint16(16, true) & 0x3fff] : [0, 0];
}

export function setSize(info: HeaderInfo, widthPx: number, heightPx: number): string | undefined {
  if (!widthPx || !heightPx || Math.max(widthPx, heightPx) > 0x7fffffff) {
    return `is broken: its header says ${widthPx}x${heightPx} pixels`;
  }
  info.widthPx = widthPx;
  info.heightPx = heightPx;
  return undefined;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function ascii(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end && at < bytes.length; at++) text += String.fromCharCode(bytes[at] ?? 0);
  return text;
}
