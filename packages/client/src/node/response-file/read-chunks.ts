import { maxChunkBytes } from "../../media/byte-source.ts";
import { nodeFiles } from "../files/durable-file.ts";
import type { ClientFiles } from "../surroundings.ts";

/** Reads a file from its start in chunks, each valid until the next is requested. */
export async function* readChunks(
  path: string,
  files: Pick<ClientFiles, "open"> = nodeFiles,
): AsyncGenerator<Uint8Array> {
  const file = await files.open(path, "r");
  try {
    const { size } = await file.stat();
    // Never empty: a file without a size, such as a pipe, is read too.
    const buffer = new Uint8Array(Math.min(size + 1, maxChunkBytes));
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}
