import { maxChunkBytes } from "../../media/byte-source.ts";
import { createBufferPool } from "../files/buffer-pool.ts";
import { nodeFiles } from "../files/durable-file.ts";
import type { ClientFiles, OpenFile } from "../surroundings.ts";

/** As many as a client reads concurrently. */
const pool = createBufferPool(maxChunkBytes, 8);

/** Reads a file from its start in chunks, each valid until the next is requested. */
export async function* readChunks(
  path: string,
  files: Pick<ClientFiles, "open"> = nodeFiles,
): AsyncGenerator<Uint8Array> {
  const file = await files.open(path, "r");
  try {
    // From where it is: a pipe has no positions.
    yield* chunksOf(file, () => null);
  } finally {
    await file.close();
  }
}

/** Reads an open file as {@link readChunks} does, also one that was written to or has another name by now. */
export function readOpenFile(file: OpenFile): AsyncGenerator<Uint8Array> {
  return chunksOf(file, (doneBytes) => doneBytes);
}

async function* chunksOf(
  file: OpenFile,
  positionAt: (doneBytes: number) => number | null,
): AsyncGenerator<Uint8Array> {
  const { size } = await file.stat();
  // The reader of a short file may hold its only chunk after the end: that buffer is its own. Never empty: a file without
  // a size, such as a pipe, is read too.
  const isPooled = size >= maxChunkBytes;
  const buffer = isPooled ? pool.take() : new Uint8Array(size + 1);
  try {
    for (let doneBytes = 0; ; ) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, positionAt(doneBytes));
      if (bytesRead === 0) return;
      doneBytes += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    if (isPooled) pool.give(buffer);
  }
}
