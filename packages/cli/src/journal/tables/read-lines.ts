import type { Files } from "../system.ts";

const chunkBytes = 1024 * 1024;
/** No line of a journal or row of a manifest is longer; a file without line breaks is not read into memory. */
export const maxLineBytes = 64 * 1024 * 1024;

/** A line longer than {@link readLines} accepts. */
export class LineTooLongError extends Error {
  override readonly name = "LineTooLongError";
}

/**
 * Calls `onLine` with each line of a file that ends with a line break, and with the offset of its first byte. Returns
 * the offset after the last line break; with `lastLine`, the rest of the file is a line too.
 */
export async function readLines(
  file: string,
  { from = 0, lastLine = false }: { readonly from?: number; readonly lastLine?: boolean },
  onLine: (line: Buffer, at: number) => void | Promise<void>,
  files: Pick<Files, "open">,
): Promise<number> {
  const handle = await files.open(file, "r");
  try {
    const { size } = await handle.stat();
    // Reading what was appended needs no megabyte.
    const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, Math.max(4096, size - from)));
    let pending: Buffer[] = [];
    let pendingBytes = 0;
    let start = from;
    for (let position = from; ; ) {
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, position);
      if (bytesRead === 0) break;
      position += bytesRead;
      const bytes = chunk.subarray(0, bytesRead);
      let begin = 0;
      for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, begin)) {
        const tail = bytes.subarray(begin, end);
        const line = pending.length === 0 ? tail : Buffer.concat([...pending, tail]);
        pending = [];
        pendingBytes = 0;
        const called = onLine(line, start);
        // Awaiting every line would cost more than most of them.
        if (called !== undefined) await called;
        start += line.length + 1;
        begin = end + 1;
      }
      if (begin < bytesRead) {
        // A copy, because the chunk is read into again.
        pending.push(Buffer.from(bytes.subarray(begin)));
        pendingBytes += bytesRead - begin;
        if (pendingBytes > maxLineBytes) throw new LineTooLongError(`${file} has a line of more than 64 MB.`);
      }
    }
    if (lastLine && pendingBytes > 0) {
      await onLine(Buffer.concat(pending), start);
      start += pendingBytes;
    }
    return start;
  } finally {
    await handle.close();
  }
}

/** Reads the one line that begins at an offset. */
export async function readLineAt(file: string, at: number, files: Pick<Files, "open">): Promise<Buffer> {
  const handle = await files.open(file, "r");
  try {
    const chunks: Buffer[] = [];
    // Most lines fit into the first chunk; of a long one, each chunk is as long as all before it.
    for (let byteLength = 0, size = 4096; ; size = Math.max(size, byteLength)) {
      const chunk = Buffer.allocUnsafe(size);
      const { bytesRead } = await handle.read(chunk, 0, size, at + byteLength);
      const end = chunk.subarray(0, bytesRead).indexOf(10);
      chunks.push(chunk.subarray(0, end === -1 ? bytesRead : end));
      byteLength += bytesRead;
      if (end !== -1 || bytesRead === 0 || byteLength > maxLineBytes) return Buffer.concat(chunks);
    }
  } finally {
    await handle.close();
  }
}
