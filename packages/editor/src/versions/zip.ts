/** A file of an archive. */
export interface ArchiveFile {
  readonly name: string;
  readonly blob: Blob;
}

/** An archive, or a part of one. */
export interface Archive {
  readonly blob: Blob;
  /** The names of the files that could not be read, and are not in it. */
  readonly unread: readonly string[];
}

/** A larger one would need ZIP64, which not every program reads. */
const maxArchiveBytes = 4_000_000_000;

/**
 * Creates ZIP archives without compression: images are compressed already. One is enough up to 4 GB. The files are read one
 * after the other, so that not all of them are in memory.
 *
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
export async function createZips(
  files: readonly ArchiveFile[],
  maxBytes = maxArchiveBytes,
): Promise<readonly Archive[]> {
  const groups: ArchiveFile[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const file of files) {
    bytes += file.blob.size + 1_000; // its two headers
    if (bytes > maxBytes) groups.push([]);
    if (bytes > maxBytes) bytes = file.blob.size + 1_000;
    groups.at(-1)?.push(file);
  }
  const archives: Archive[] = [];
  for (const group of groups) archives.push(await createZip(group));
  return archives;
}

async function createZip(files: readonly ArchiveFile[]): Promise<Archive> {
  const parts: (Uint8Array<ArrayBuffer> | Blob)[] = [];
  const directory: Uint8Array<ArrayBuffer>[] = [];
  const unread: string[] = [];
  let offset = 0;
  for (const { name, blob } of files) {
    const sum = await blob.arrayBuffer().then(
      (bytes) => crc32(new Uint8Array(bytes)),
      () => undefined,
    );
    if (sum === undefined) {
      unread.push(name); // the browser has lost its data
      continue;
    }
    const encoded = new TextEncoder().encode(name);
    const fields = [...descriptionOf(sum, blob.size), two(encoded.length), two(0)];
    const local = join([four(0x04034b50), ...fields, encoded]);
    const entry = [two(0), two(0), two(0), four(0), four(offset), encoded];
    directory.push(join([four(0x02014b50), two(20), ...fields, ...entry]));
    parts.push(local, blob);
    offset += local.length + blob.size;
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  const count = two(directory.length);
  const end = join([four(0x06054b50), two(0), two(0), count, count, four(size), four(offset), two(0)]);
  return { blob: new Blob([...parts, ...directory, end], { type: "application/zip" }), unread };
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
