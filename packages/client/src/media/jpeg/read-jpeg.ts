import { exifOrientation, imageCount } from "../exif.ts";
import {
  addNote,
  endsEarly,
  type HeaderInfo,
  type HeaderReader,
  noHeader,
  setSize,
} from "../image-headers.ts";

const startOfScan = 0xda;
const endOfImage = 0xd9;

/** Reads a JPEG's segments up to its frame header (ITU-T T.81, annex B), and checks that it is complete. */
export function* readJpeg(info: HeaderInfo, byteLength: number): HeaderReader {
  let hasExif = false;
  for (let at = 2; ; ) {
    const head = yield [at, at + 10];
    if (head.length < 4) return endsEarly;
    const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
    const marker = view.getUint8(1);
    if (view.getUint8(0) !== 0xff || marker === 0 || marker === 0xff) {
      at = yield* findMarker(at, byteLength);
      continue;
    }
    // TEM and RSTn have no length.
    if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) {
      at += 2;
      continue;
    }
    // Reserved, a second start, or an end or pixels before the frame header: no viewer opens that.
    if (marker < 0xc0 || (marker >= 0xd8 && marker <= startOfScan)) return noHeader;
    // Viewers skip an APPn or comment whose length does not even cover itself.
    const length = Math.max(view.getUint16(2), marker >= 0xe0 ? 2 : 0);
    if (length < 2) return noHeader;
    const end = at + 2 + length;
    if (end > byteLength) return endsEarly;
    if (marker < 0xd0 && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      if (head.length < 10) return endsEarly;
      if (view.getUint8(9) === 4) addNote(info, "cmyk");
      if (marker >= 0xc9) addNote(info, "arithmetic_jpeg");
      else if (marker === 0xc3 || marker === 0xc7) addNote(info, "lossless_jpeg");
      const problem = setSize(info, view.getUint16(7), view.getUint16(5));
      if (problem || (yield* hasMarker(endOfImage, end, byteLength))) return problem;
      // Only Huffman coding is decoded. Of others, it is not known whether the pixels are complete.
      if (marker > 0xc2 && (yield* hasMarker(startOfScan, end, byteLength))) {
        addNote(info, "unchecked_end");
        return undefined;
      }
      info.isEndMissing = true;
      return endsEarly;
    }
    if (!hasExif && marker === 0xe1 && isAscii(head, "Exif")) {
      hasExif = true;
      info.orientation = exifOrientation(yield [at + 4, end]);
    } else if (marker === 0xe2 && isAscii(head, "MPF\0")) {
      if (imageCount(yield [at + 8, end]) > 1) addNote(info, "multiple_images");
    }
    at = end;
  }
}

/** Returns the offset of the next marker: viewers skip fill bytes, and stray bytes between segments. */
function* findMarker(start: number, byteLength: number): HeaderReader<number> {
  // Larger chunks the longer it takes, so that many stray bytes take few steps.
  for (let at = start, size = 4096; at < byteLength; size = Math.min(size * 4, 262_144)) {
    const bytes = yield [at, Math.min(at + size, byteLength)];
    for (let i = 0; i + 1 < bytes.length; i += 1) {
      if (bytes[i] === 0xff && bytes[i + 1] !== 0xff && bytes[i + 1] !== 0) return at + i;
    }
    if (bytes.length < 2) return byteLength;
    at += bytes.length - 1;
  }
  return byteLength;
}

/** Searches the last bytes, then everything from the frame header on (a video may follow); pixels contain no marker. */
function* hasMarker(code: number, start: number, byteLength: number): HeaderReader<boolean> {
  for (const from of [Math.max(start, byteLength - 4096), start]) {
    for (let at = from; at < byteLength; at += 262_143) {
      const bytes = yield [at, Math.min(at + 262_144, byteLength)];
      for (let i = 0; i + 1 < bytes.length; i += 1)
        if (bytes[i] === 0xff && bytes[i + 1] === code) return true;
    }
  }
  return false;
}

/** Whether the data of a segment, after its marker and length, begins with this text. */
function isAscii(head: Uint8Array, text: string): boolean {
  return String.fromCharCode(...head.subarray(4, 4 + text.length)) === text;
}
