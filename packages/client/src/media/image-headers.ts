/** Properties of an image, filled in while its headers are read. */
export interface HeaderInfo {
  widthPx?: number;
  heightPx?: number;
  orientation: number;
  animated?: boolean;
}

/**
 * A generator that requests the bytes from `start` up to, but not including, `end`. It receives fewer only where the
 * file ends, and returns what is wrong with the image. The same steps read a file on disk and bytes in memory.
 */
export type HeaderReader = Generator<readonly [start: number, end: number], string | undefined, Uint8Array>;

export const endsEarly = "ends early: the rest of the file is missing";
const noHeader = "is broken: its header is missing";
const noPixels = "is broken: it has no pixels";
const maxExifBytes = 65_536;

/** Reads a PNG's chunks before its pixels (PNG, third edition, sections 5 and 11), and checks that it is complete. */
export function* readPng(info: HeaderInfo, byteLength: number): HeaderReader {
  let hasPixels = false;
  for (let at = 8; ; ) {
    const chunk = yield [at, at + 25];
    if (chunk.length < 12) return endsEarly;
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
      info.orientation = orientationIn(yield [at + 8, Math.min(end - 4, at + maxExifBytes)]);
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

/** Reads a JPEG's segments up to its frame header (ITU-T T.81, annex B), and checks that it is complete. */
export function* readJpeg(info: HeaderInfo, byteLength: number): HeaderReader {
  let hasExif = false;
  for (let at = 2; ; ) {
    const head = yield [at, at + 9];
    if (head.length < 4) return endsEarly;
    const view = viewOf(head);
    const marker = view.getUint16(0);
    const end = at + 2 + view.getUint16(2);
    // 0xff may be repeated before a marker; TEM and RSTn have no length.
    if (marker === 0xffff) at += 1;
    else if (marker === 0xff01 || (marker >= 0xffd0 && marker <= 0xffd7)) at += 2;
    else if (marker < 0xffc0 || (marker >= 0xffd8 && marker <= 0xffda) || end < at + 4) return noHeader;
    else if (end > byteLength) return endsEarly;
    else if (marker < 0xffd0 && ![0xffc4, 0xffc8, 0xffcc].includes(marker)) {
      if (head.length < 9) return endsEarly;
      const problem = setSize(info, view.getUint16(7), view.getUint16(5));
      return problem ?? (yield* findEndOfImage(end, byteLength));
    } else {
      if (!hasExif && marker === 0xffe1 && ascii(head, 4, 9) === "Exif\0") {
        hasExif = true;
        info.orientation = orientationIn(yield [at + 4, end]);
      }
      at = end;
    }
  }
}

/** Searches the last bytes, then everything from the frame header on (a video may follow); pixels contain no marker. */
function* findEndOfImage(start: number, byteLength: number): HeaderReader {
  for (const from of [Math.max(start, byteLength - 4096), start]) {
    for (let at = from; at < byteLength; at += 262_143) {
      const bytes = yield [at, Math.min(at + 262_144, byteLength)];
      for (let i = bytes.indexOf(0xff); i >= 0; i = bytes.indexOf(0xff, i + 1)) {
        if (bytes[i + 1] === 0xd9) return undefined;
      }
    }
  }
  return endsEarly;
}

/** Reads a WebP's chunks (RFC 9649): lossy, lossless and extended. */
export function* readWebp(info: HeaderInfo, byteLength: number): HeaderReader {
  const riffEnd = 8 + viewOf(yield [0, 12]).getUint32(4, true);
  let hasPixels = false;
  let hasExif = false;
  for (let at = 12; at < riffEnd && (hasExif || !hasPixels); ) {
    const chunk = yield [at, at + 18];
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
      info.orientation = orientationIn(yield [at + 8, Math.min(end, at + maxExifBytes)]);
      hasExif = false;
    }
    at = end + (end & 1);
  }
  return riffEnd > byteLength ? endsEarly : hasPixels ? undefined : noPixels;
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

/** Returns the orientation in EXIF data (CIPA DC-008), upright by default. The thumbnail has its own directory. */
function orientationIn(exif: Uint8Array): number {
  const tiff = viewOf(ascii(exif, 0, 5) === "Exif\0" ? exif.subarray(6) : exif);
  const isLittle = tiff.byteLength > 8 && tiff.getUint8(0) === 0x49;
  const has = (at: number, size: number): boolean => at + size <= tiff.byteLength;
  const directory = has(4, 4) ? tiff.getUint32(4, isLittle) : 0;
  const count = has(directory, 2) ? tiff.getUint16(directory, isLittle) : 0;
  for (let entry = directory + 2; entry < directory + 2 + count * 12 && has(entry, 12); entry += 12) {
    if (tiff.getUint16(entry, isLittle) !== 0x0112) continue;
    const value = tiff.getUint16(entry + 8, isLittle);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function ascii(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(start, end));
}
