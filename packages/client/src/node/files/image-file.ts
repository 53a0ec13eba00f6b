import { join } from "node:path";
import { maxChunkBytes } from "../../media/byte-source.ts";
import { type StoredImage, sliceOf } from "../../response/image-store.ts";
import type { ClientFiles, OpenFile } from "../surroundings.ts";
import { type BufferPool, reserveBuffer } from "./buffer-pool.ts";
import { nodeFiles, writeAll } from "./durable-file.ts";
import { codeOf } from "./place-file.ts";

/** An image that is being written to a file. */
export interface ImageFile extends StoredImage {
  /** Writes bytes from memory to the disk; with `isComplete`, writes all of them and begins to sync. */
  flush(options: { readonly isComplete: boolean }): Promise<void>;
  /** Finalizes the file: `move` gives it its name and resolves with the path in use. */
  commit(path: string, move: (temporary: string) => Promise<string>): Promise<void>;
  /** Removes the temporary file. With `retain`, the bytes stay readable from memory. */
  remove(options: { readonly retain: boolean }): Promise<void>;
}

/** Creates an image whose bytes are written to a temporary file in `directory` while they arrive. */
export function createImageFile(
  directory: string,
  directoryReady: Promise<unknown>,
  files: ClientFiles = nodeFiles,
): ImageFile {
  const temporary = join(directory, files.temporaryName());
  const memory = reserveBuffer();
  /** Bytes in memory: the end of the file that is not yet written, or everything once the disk has failed. */
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  /** Pooled buffers of `pending`; the last one has room, unless a write has taken it. */
  let blocks: Block[] = [];
  let writtenBytes = 0;
  let file: OpenFile | undefined;
  let isCreated = false;
  /** Reads then use memory: the file must not be created again, because no code would remove it. */
  let isRemoved = false;
  let writing: Promise<void> = Promise.resolve();
  /** The sync of a complete image. It is not repeated after a failure: the system reports lost bytes only once. */
  let syncing: Promise<void> | undefined;

  async function write(): Promise<void> {
    const batch = pending;
    if (image.problem !== undefined || isRemoved || batch.length === 0) return;
    const filled = blocks;
    pending = [];
    pendingBytes = 0;
    blocks = [];
    try {
      await directoryReady;
      file ??= await files.open(temporary, isCreated ? "r+" : "wx+");
      isCreated = true;
      await writeAll(file, batch, writtenBytes);
      writtenBytes += batch.reduce((sum, part) => sum + part.length, 0);
      // Only now: after a failure, the batch stays readable from memory.
      for (const { bytes, pool } of filled) pool.give(bytes);
    } catch (error) {
      await fail(error, batch);
    }
  }

  /** Reads everything back into memory: the image was billed, wherever it is stored. */
  async function fail(error: unknown, batch: Uint8Array[] = []): Promise<void> {
    image.systemCode = codeOf(error);
    image.problem = `An image could not be written to a file (${image.systemCode ?? "unknown error"}). It is in memory instead.`;
    try {
      const saved = writtenBytes ? [(await files.readFile(temporary)).subarray(0, writtenBytes)] : [];
      pending = [...saved, ...batch, ...pending];
      writtenBytes = 0;
      await unlinkFile();
    } catch (cause) {
      image.systemCode = codeOf(cause);
      image.problem = `An image was lost to a failing disk (${image.systemCode ?? "unknown error"}): its first bytes are in ${temporary}.`;
      pending = [...batch, ...pending];
    }
  }

  async function closeFile(): Promise<void> {
    const closing = file;
    file = undefined;
    await closing?.close();
  }

  /** Syncs and closes the file. */
  async function syncFile(): Promise<void> {
    const open = file ?? (await files.open(temporary, "r+"));
    file = undefined;
    await open.sync().finally(() => open.close());
  }

  async function unlinkFile(): Promise<void> {
    await syncing?.catch(() => undefined);
    await closeFile().catch(() => undefined);
    // A file that cannot be removed is hidden and has a temporary name; it is not worth losing an image.
    if (isCreated) await files.unlink(temporary).catch(() => undefined);
    isCreated = false;
  }

  async function writePending(): Promise<void> {
    await writing;
    writing = write();
    await writing;
  }

  const image: Mutable<ImageFile> = {
    byteLength: 0,
    path: undefined,
    problem: undefined,
    systemCode: undefined,
    reserve(length) {
      let block = blocks.at(-1);
      if (block === undefined || block.used + length > block.bytes.length) {
        const pool = memory.pool();
        block = { bytes: pool.take(), used: 0, pool };
        // Larger than what the decoder asks for at once; otherwise it gets an array of its own, which is not pooled.
        if (length > block.bytes.length) return new Uint8Array(length);
        blocks.push(block);
      }
      return block.bytes.subarray(block.used, block.used + length);
    },
    write(chunk) {
      const block = blocks.at(-1);
      if (block !== undefined && chunk.buffer === block.bytes.buffer) block.used += chunk.length;
      pending.push(chunk);
      pendingBytes += chunk.length;
      image.byteLength += chunk.length;
    },
    async flush({ isComplete }) {
      if (isComplete) {
        memory.release();
        await writePending();
        if (image.problem !== undefined || writtenBytes === 0) return;
        // Not awaited: the disk works while the next image arrives. A failure is reported by `commit`.
        syncing ??= syncFile();
        syncing.catch(() => undefined);
      } else if (pendingBytes >= memory.batchBytes()) {
        // The previous batch: while it is written, the next one arrives.
        await writing;
        writing = write();
      }
    },
    async slice(start, end) {
      const stop = Math.min(end, image.byteLength);
      await writePending();
      if (writtenBytes === 0) return sliceOf(pending, start, stop);
      const bytes = new Uint8Array(Math.max(0, stop - start));
      const reading =
        image.path === undefined && file ? file : await files.open(image.path ?? temporary, "r");
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
      for (let at = 0; at < image.byteLength; at += maxChunkBytes)
        yield await image.slice(at, at + maxChunkBytes);
    },
    async commit(target, move) {
      memory.release();
      await writePending();
      if (image.problem !== undefined) return;
      try {
        syncing ??= syncFile();
        await syncing;
        image.path = await move(temporary);
      } catch (error) {
        await closeFile();
        image.path = temporary;
        image.systemCode = codeOf(error);
        const reason = image.systemCode ?? (error instanceof Error ? error.message : "unknown error");
        image.problem = `An image could not be saved as ${target} (${reason}). It was saved as ${temporary}.`;
      }
    },
    async remove({ retain }) {
      isRemoved = true;
      memory.release();
      await writing;
      if (retain && writtenBytes) {
        try {
          pending = [await files.readFile(temporary), ...pending];
        } catch (cause) {
          // The file was removed meanwhile: what failed before says more.
          image.systemCode = codeOf(cause);
          image.problem = `An image was lost with its file (${image.systemCode ?? "unknown error"}).`;
        }
      }
      writtenBytes = 0;
      await unlinkFile();
    },
  };
  return image;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A pooled buffer, and how much of it has bytes. */
interface Block {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly pool: BufferPool;
  used: number;
}
