/** A file of an archive. */
export interface ArchiveFile {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * Creates a ZIP archive without compression: images are compressed already.
 *
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
export function createZip(files: readonly ArchiveFile[]): Blob {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const directory: Uint8Array<ArrayBuffer>[] = [];
  let offset = 0;
  for (const { name, bytes } of files) {
    const encoded = new TextEncoder().encode(name);
    const fields = [...descriptionOf(crc32(bytes), bytes.length), two(encoded.length), two(0)];
    const local = join([four(0x04034b50), ...fields, encoded]);
    const entry = [two(0), two(0), two(0), four(0), four(offset), encoded];
    directory.push(join([four(0x02014b50), two(20), ...fields, ...entry]));
    parts.push(local, bytes);
    offset += local.length + bytes.length;
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  const count = two(files.length);
  const end = join([four(0x06054b50), two(0), two(0), count, count, four(size), four(offset), two(0)]);
  return new Blob([...parts, ...directory, end], { type: "application/zip" });
}

/** Version 2.0, names in UTF-8, stored, without a date, and twice the size. */
function descriptionOf(sum: number, length: number): readonly Uint8Array<ArrayBuffer>[] {
  return [two(20), two(0x0800), two(0), two(0), two(0x21), four(sum), four(length), four(length)];
}

function crc32(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes) sum = (sum >>> 8) ^ (table[(sum ^ byte) & 255] ?? 0);
  return (sum ^ 0xffffffff) >>> 0;
}

const table = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

function two(value: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(value & 255, (value >> 8) & 255);
}

function four(value: number): Uint8Array<ArrayBuffer> {
  return join([two(value), two(value >>> 16)]);
}

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
