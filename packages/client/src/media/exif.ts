const orientationTag = 0x0112;

/** Of the index of an MPO file (CIPA DC-007, section 5.2.3). */
const imageCountTag = 0xb001;

/** Returns the orientation in EXIF data (CIPA DC-008), upright by default. The thumbnail has its own directory. */
export function exifOrientation(exif: Uint8Array): number {
  const isPrefixed = String.fromCharCode(...exif.subarray(0, 5)) === "Exif\0";
  const value = readTag(isPrefixed ? exif.subarray(6) : exif, orientationTag) ?? 1;
  return value >= 1 && value <= 8 ? value : 1;
}

/** Returns the number of images in an MPO file, from the index in its first image. */
export function imageCount(index: Uint8Array): number {
  return readTag(index, imageCountTag) ?? 1;
}

/** Returns a number in the first directory of a TIFF: byte order, offset of the directory, entries of 12 bytes. */
function readTag(bytes: Uint8Array, tag: number): number | undefined {
  const tiff = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isLittle = tiff.byteLength > 8 && tiff.getUint8(0) === 0x49;
  const has = (at: number, size: number): boolean => at + size <= tiff.byteLength;
  const directory = has(4, 4) ? tiff.getUint32(4, isLittle) : 0;
  const count = has(directory, 2) ? tiff.getUint16(directory, isLittle) : 0;
  for (let entry = directory + 2; entry < directory + 2 + count * 12 && has(entry, 12); entry += 12) {
    if (tiff.getUint16(entry, isLittle) !== tag) continue;
    const isLong = tiff.getUint16(entry + 2, isLittle) === 4;
    return isLong ? tiff.getUint32(entry + 8, isLittle) : tiff.getUint16(entry + 8, isLittle);
  }
  return undefined;
}
