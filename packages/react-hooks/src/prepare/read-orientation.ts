/** Reads the EXIF orientation of a JPEG from its first 128 kB: 1 (upright, or unknown) to 8. */
export async function readOrientation(blob: Blob): Promise<number> {
  return findOrientation(new DataView(await blob.slice(0, 131_072).arrayBuffer()));
}

/** Finds the orientation in the first bytes of a JPEG. Returns 1 for anything else. */
export function findOrientation(view: DataView): number {
  if (view.byteLength < 4 || view.getUint16(0) !== 0xffd8) return 1;
  // A JPEG is a list of segments: 0xff, a marker, and a length that includes itself.
  for (let at = 2; at + 4 <= view.byteLength; ) {
    const marker = view.getUint16(at);
    // Fill bytes, and stray bytes between segments, which browsers skip.
    if ((marker & 0xff00) !== 0xff00 || marker === 0xffff || marker === 0xff00) {
      at += 1;
      continue;
    }
    if (marker === 0xffda) return 1;
    const end = at + 2 + view.getUint16(at + 2);
    if (marker === 0xffe1 && isExif(view, at + 4))
      return readTiff(view, at + 10, Math.min(end, view.byteLength));
    at = Math.max(end, at + 4);
  }
  return 1;
}

function isExif(view: DataView, at: number): boolean {
  return at + 6 <= view.byteLength && view.getUint32(at) === 0x45786966 && view.getUint16(at + 4) === 0;
}

/** Reads a TIFF, the container of EXIF: byte order, offset of a directory, entries of 12 bytes. Tag 0x0112 is the orientation. */
function readTiff(view: DataView, start: number, end: number): number {
  if (start + 8 > end) return 1;
  const isLittleEndian = view.getUint16(start) === 0x4949;
  const directory = start + view.getUint32(start + 4, isLittleEndian);
  if (directory + 2 > end) return 1;
  const entries = view.getUint16(directory, isLittleEndian);
  for (let index = 0; index < entries; index += 1) {
    const entry = directory + 2 + index * 12;
    if (entry + 12 > end) return 1;
    if (view.getUint16(entry, isLittleEndian) !== 0x0112) continue;
    const orientation = view.getUint16(entry + 8, isLittleEndian);
    return orientation >= 1 && orientation <= 8 ? orientation : 1;
  }
  return 1;
}
