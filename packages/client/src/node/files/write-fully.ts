import type { FileHandle } from "node:fs/promises";
import { sliceOf } from "../../response/image-store.ts";

/**
 * Writes bytes that follow each other to a place of a file, with one call of the system as a rule: many small ones cost
 * more than the bytes do.
 */
export async function writeFully(file: FileHandle, parts: Uint8Array[], at: number): Promise<void> {
  const byteLength = parts.reduce((sum, part) => sum + part.length, 0);
  if (byteLength === 0) return;
  let { bytesWritten } = await file.writev(parts, at);
  if (bytesWritten === byteLength) return;
  // A write may stop half-way; the next one says why, if there is a reason.
  const rest = sliceOf(parts, bytesWritten, byteLength);
  for (let done = 0; done < rest.length; done += bytesWritten) {
    ({ bytesWritten } = await file.write(
      rest,
      done,
      rest.length - done,
      at + byteLength - rest.length + done,
    ));
  }
}
