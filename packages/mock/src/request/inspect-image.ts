/** Header of an image. Sizes are the stored ones; `orientation` is the EXIF value, 1 to 8. */
export interface ImageInfo {
  mediaType: string;
  widthPx: number;
  heightPx: number;
  orientation: number;
}

/**
 * Reads media type and pixel size from the header of an image. It is independent of the reader in the client, so that
 * a mistake in one of them is noticed.
 *
 * @returns `undefined` for an unknown format; sizes are 0 when the header is broken.
 */
export function inspectImage(bytes: Uint8Array): ImageInfo | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (hasAscii(bytes, 0, "\x89PNG\r\n\x1a\n")) {
    const whole = bytes.length >= 33 && hasAscii(bytes, 12, "IHDR");
    return info("image/png", whole ? view.getUint32(16) : 0, whole ? view.getUint32(20) : 0);
  }
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return inspectJpeg(view);
  if (hasAscii(bytes, 0, "RIFF") && hasAscii(bytes, 8, "WEBP")) return inspectWebp(bytes, view);
  if (hasAscii(bytes, 0, "GIF8") && bytes.length >= 10) {
    return info("image/gif", view.getUint16(6, true), view.getUint16(8, true));
  }
  for (const [offset, signature, mediaType] of otherSignatures) {
    if (hasAscii(bytes, offset, signature)) return info(mediaType, 0, 0);
  }
  return undefined;
}

const otherSignatures: [offset: number, signature: string, mediaType: string][] = [
  [0, "GIF8", "image/gif"],
  [0, "BM", "image/bmp"],
  [0, "II*\0", "image/tiff"],
  [0, "MM\0*", "image/tiff"],
  [0, "%PDF-", "application/pdf"],
  [4, "ftypavi", "image/avif"],
  [4, "ftyphei", "image/heic"],
  [4, "ftyphev", "image/heic"],
  [4, "ftypmif1", "image/heif"],
];

function info(mediaType: string, widthPx: number, heightPx: number, orientation = 1): ImageInfo {
  return { mediaType, widthPx, heightPx, orientation };
}

function inspectJpeg(view: DataView): ImageInfo {
  let orientation = 1;
  let offset = 2;
  while (offset + 4 <= view.byteLength) {
    const marker = view.getUint8(offset + 1);
    // Stray bytes between segments, and a 0xff among them.
    if (view.getUint8(offset) !== 0xff || marker === 0) {
      offset += 1;
      continue;
    }
    if (marker === 0xff || marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) {
      offset += marker === 0xff ? 1 : 2;
      continue;
    }
    if (marker === 0xda || marker === 0xd9) break;
    const length = view.getUint16(offset + 2);
    if (marker === 0xe1) orientation = exifOrientation(view, offset + 4, length - 2) ?? orientation;
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame && offset + 9 <= view.byteLength) {
      return info("image/jpeg", view.getUint16(offset + 7), view.getUint16(offset + 5), orientation);
    }
    offset += 2 + length;
  }
  return info("image/jpeg", 0, 0, orientation);
}

/** Finds tag 0x0112 in the first directory of an `Exif` segment. */
function exifOrientation(view: DataView, start: number, length: number): number | undefined {
  const end = Math.min(start + length, view.byteLength);
  const tiff = start + 6;
  if (tiff + 8 > end || view.getUint32(start) !== 0x45786966) return undefined;
  const little = view.getUint16(tiff) === 0x4949;
  const directory = tiff + view.getUint32(tiff + 4, little);
  if (directory + 2 > end) return undefined;
  const count = view.getUint16(directory, little);
  for (let index = 0; index < count; index += 1) {
    const entry = directory + 2 + index * 12;
    if (entry + 12 > end) return undefined;
    if (view.getUint16(entry, little) !== 0x0112) continue;
    const value = view.getUint16(entry + 8, little);
    return value >= 1 && value <= 8 ? value : undefined;
  }
  return undefined;
}

function inspectWebp(bytes: Uint8Array, view: DataView): ImageInfo {
  if (bytes.length < 30) return info("image/webp", 0, 0);
  if (hasAscii(bytes, 12, "VP8X")) {
    const width = 1 + (view.getUint32(24, true) & 0xffffff);
    const height = 1 + (view.getUint32(26, true) >>> 8);
    return info("image/webp", width, height);
  }
  if (hasAscii(bytes, 12, "VP8L")) {
    const bits = view.getUint32(21, true);
    return info("image/webp", 1 + (bits & 0x3fff), 1 + ((bits >>> 14) & 0x3fff));
  }
  return info("image/webp", view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff);
}

function hasAscii(bytes: Uint8Array, offset: number, text: string): boolean {
  if (bytes.length < offset + text.length) return false;
  for (let index = 0; index < text.length; index += 1) {
    if (bytes[offset + index] !== text.charCodeAt(index)) return false;
  }
  return true;
}
