import { type FileHandle, open, readFile, unlink } from "node:fs/promises";
import { join } from "node:path";
import { maxChunkBytes } from "../../media/byte-source.ts";
import { type StoredImage, sliceOf } from "../../response/image-store.ts";
import { codeOf, temporaryName, writeAll } from "./durable-file.ts";

/** A picture on its way to a file. */
export interface ImageFile extends StoredImage {
  /** Moves what has come from memory to the disk; with `isWhole` all of it, and closes the file. */
  drain(isWhole: boolean): Promise<void>;
  /** Makes the file final: `give` gives it its name and resolves with the path in use. */
  place(path: string, give: (temporary: string) => Promise<string>): Promise<void>;
  /** Removes the file; with `keepBytes` its bytes stay readable, from memory. */
  discard(keepBytes: boolean): Promise<void>;
}

/** Creates a picture whose bytes go to a temporary file in `folder` while they arrive. */
export function createImageFile(directory: string, made: Promise<unknown>): ImageFile {
  const temporary = join(directory, temporaryName());
  const memory = reserveBuffer();
  let path: string | undefined;
  let problem: string | undefined;
  let byteLength = 0;
  /** Bytes in memory: the end of the file that is still to be written, or everything once the disk has failed. */
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  let writtenBytes = 0;
  let file: FileHandle | undefined;
  let isCreated = false;
  /** What is read of it then comes from memory: it must not come back as a file that nobody removes. */
  let isDiscarded = false;
  let writing: Promise<void> = Promise.resolve();

  async function write(): Promise<void> {
    const batch = pending;
    if (problem !== undefined || isDiscarded || batch.length === 0) return;
    pending = [];
    pendingBytes = 0;
    try {
      await made;
      file ??= await open(temporary, isCreated ? "r+" : "wx+");
      isCreated = true;
      await writeAll(file, batch, writtenBytes);
      writtenBytes += batch.reduce((sum, part) => sum + part.length, 0);
    } catch (error) {
      await fail(error, batch);
    }
  }

  /** Brings everything back into memory: the picture was paid for, wherever it can lie. */
  async function fail(error: unknown, batch: Uint8Array[] = []): Promise<void> {
    problem = `A picture could not be written to a file (${codeOf(error) ?? "unknown error"}). It is kept in memory.`;
    try {
      const saved = writtenBytes ? [(await readFile(temporary)).subarray(0, writtenBytes)] : [];
      pending = [...saved, ...batch, ...pending];
      writtenBytes = 0;
      await remove();
    } catch (cause) {
      problem = `A picture was lost to a failing disk (${codeOf(cause) ?? "unknown error"}): its beginning is in ${temporary}.`;
      pending = [...batch, ...pending];
    }
  }

  async function close(): Promise<void> {
    const closing = file;
    file = undefined;
    await closing?.close();
  }

  async function remove(): Promise<void> {
    await close().catch(() => undefined);
    // What can not be removed is a hidden file with a name of ours, and no reason to lose a picture.
    if (isCreated) await unlink(temporary).catch(() => undefined);
    isCreated = false;
  }

  async function flush(): Promise<void> {
    await writing;
    writing = write();
    await writing;
  }

  const image: ImageFile = {
    get byteLength() {
      return byteLength;
    },
    get path() {
      return path;
    },
    get problem() {
      return problem;
    },
    write(chunk) {
      pending.push(chunk);
      pendingBytes += chunk.length;
      byteLength += chunk.length;
    },
    async drain(isWhole) {
      if (isWhole) {
        memory.release();
        await flush();
        await close();
      } else if (pendingBytes >= memory.batchBytes()) {
        // The batch before this one: while this one is written, the next arrives.
        await writing;
        writing = write();
      }
    },
    async slice(start, end) {
      const stop = Math.min(end, byteLength);
      await flush();
      if (writtenBytes === 0) return sliceOf(pending, start, stop);
      const bytes = new Uint8Array(Math.max(0, stop - start));
      const reading = path === undefined && file ? file : await open(path ?? temporary, "r");
      try {
        for (let at = 0; at < bytes.length; ) {
          const { bytesRead } = await reading.read(bytes, at, bytes.length - at, start + at);
          if (bytesRead === 0) return bytes.subarray(0, at);
          at += bytesRead;
        }
      } finally {
        if (reading !== file) await reading.close();
      }
      return bytes;
    },
    async *chunks() {
      for (let at = 0; at < byteLength; at += maxChunkBytes) yield await image.slice(at, at + maxChunkBytes);
    },
    async place(target, give) {
      memory.release();
      await flush();
      if (problem !== undefined) return;
      try {
        file ??= await open(temporary, "r+");
        await file.sync();
        await close();
        path = await give(temporary);
      } catch (error) {
        await close();
        path = temporary;
        problem = `A picture could not be put at ${target} (${codeOf(error) ?? "unknown error"}). It is kept as ${temporary}.`;
      }
    },
    async discard(keepBytes) {
      isDiscarded = true;
      memory.release();
      await writing;
      if (keepBytes && writtenBytes) pending = [await readFile(temporary), ...pending];
      writtenBytes = 0;
      await remove();
    },
  };
  return image;
}

/** A picture's share of the memory of all that arrive at the same time. */
interface BufferShare {
  /** How many bytes of it may wait in memory for the disk. */
  batchBytes(): number;
  /** Leaves the share to the others; called when the picture is whole, or given up. */
  release(): void;
}

/** Writes of this size keep a disk busy; memory holds two of them for a picture. */
const largestBatchBytes = 524_288;
const smallestBatchBytes = 65_536;
/** What all pictures that arrive share: hundreds at once write smaller batches instead. */
const sharedBytes = 16_777_216;
let arriving = 0;

/** Claims a share for one more picture that arrives. */
function reserveBuffer(): BufferShare {
  let isArriving = true;
  arriving++;
  return {
    batchBytes: () => Math.max(smallestBatchBytes, Math.min(largestBatchBytes, sharedBytes / arriving)),
    release() {
      if (isArriving) arriving--;
      isArriving = false;
    },
  };
}
