import type { BigIntStats } from "node:fs";
import { constants, type FileHandle, open } from "node:fs/promises";
import { basename } from "node:path";
import { type ByteSource, maxPieceBytes } from "../byte-source.ts";
import { invalidPicture } from "./invalid-picture.ts";

/**
 * Opens a file for reading in pieces, never whole, and keeps it open: a file that takes its name later is not sent by
 * mistake, and one that is written to while it is sent is noticed before the form is complete.
 *
 * @throws {InvalidInputError} (`not-sent`) for what is missing, may not be read, or is no regular file
 */
export async function openPath(path: string): Promise<ByteSource> {
  const name = basename(path);
  if (path.includes("\0"))
    throw invalidPicture("unreadable", "The picture's path has a null character. Give a real path.");
  const handle = await openRegular(path, name);
  const first = await handle.file.stat({ bigint: true });
  const byteLength = Number(first.size);
  return {
    byteLength,
    name,
    async slice(start, end) {
      const length = Math.max(0, Math.min(end, byteLength) - start);
      const bytes = new Uint8Array(length);
      return bytes.subarray(0, await readFully(handle.file, name, bytes, start));
    },
    pieces: () => readPieces(handle.file, name, first),
    close: () => handle.file.close(),
  };
}

async function openRegular(path: string, name: string): Promise<{ file: FileHandle }> {
  let file: FileHandle;
  try {
    // Without blocking, because opening a pipe that nobody writes to would wait for ever.
    file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (cause) {
    throw invalidPicture("unreadable", describeOpening(name, cause), cause);
  }
  const stats = await file.stat();
  if (stats.isFile()) return { file };
  await file.close();
  const kind = stats.isDirectory()
    ? "a folder"
    : stats.isFIFO()
      ? "a pipe"
      : stats.isCharacterDevice() || stats.isBlockDevice()
        ? "a device"
        : "no file";
  throw invalidPicture("unreadable", `\`${name}\` is ${kind}. Give the path of a picture's file.`);
}

function describeOpening(name: string, cause: unknown): string {
  const { code } = cause as NodeJS.ErrnoException;
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return `\`${name}\` does not exist. Check the path.`;
    case "EACCES":
    case "EPERM":
      return `\`${name}\` may not be read (${code}). Change its permissions.`;
    case "ENXIO":
      return `\`${name}\` is no file but a socket or a device. Give the path of a picture's file.`;
    case "EMFILE":
    case "ENFILE":
      return `\`${name}\` can not be opened: too many files are open (${code}). Edit fewer pictures at a time.`;
    default:
      return `\`${name}\` can not be opened${code ? ` (${code})` : ""}. Check the path.`;
  }
}

/** Reads the next piece into one buffer while the one before is being sent from the other. */
async function* readPieces(file: FileHandle, name: string, first: BigIntStats): AsyncGenerator<Uint8Array> {
  const byteLength = Number(first.size);
  await refuseChange(file, name, first);
  const buffers = takeBuffers();
  const read = async (start: number): Promise<Uint8Array> => {
    const length = Math.min(maxPieceBytes, byteLength - start);
    const bytes = buffers[(start / maxPieceBytes) % 2 === 0 ? 0 : 1].subarray(0, length);
    if ((await readFully(file, name, bytes, start)) < length) throw changed(name);
    return bytes;
  };
  let ahead = byteLength > 0 ? read(0) : undefined;
  try {
    for (let start = 0; ahead; start += maxPieceBytes) {
      const piece = await ahead;
      const next = start + maxPieceBytes;
      ahead = undefined;
      if (next >= byteLength) await refuseChange(file, name, first);
      else {
        ahead = read(next);
        // Who stops early never awaits it.
        ahead.catch(() => undefined);
      }
      yield piece;
    }
  } finally {
    // A read under way still writes into its buffer.
    await ahead?.catch(() => undefined);
    freeBuffers.push(buffers);
  }
}

async function readFully(file: FileHandle, name: string, bytes: Uint8Array, start: number): Promise<number> {
  let filled = 0;
  while (filled < bytes.byteLength) {
    const { bytesRead } = await file
      .read(bytes, filled, bytes.byteLength - filled, start + filled)
      .catch((cause: unknown) => {
        const { code } = cause as NodeJS.ErrnoException;
        throw invalidPicture(
          "unreadable",
          `\`${name}\` can not be read${code ? ` (${code})` : ""}. Check the file.`,
          cause,
        );
      });
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

async function refuseChange(file: FileHandle, name: string, first: BigIntStats): Promise<void> {
  const now = await file.stat({ bigint: true });
  if (now.size !== first.size || now.mtimeNs !== first.mtimeNs) throw changed(name);
}

function changed(name: string): Error {
  return invalidPicture(
    "changed",
    `\`${name}\` was changed while it was being sent. Edit again once it is written.`,
  );
}

type Buffers = readonly [Uint8Array, Uint8Array];
/** Files are mostly sent one after the other, so that a few pairs serve all of them. */
const freeBuffers: Buffers[] = [];

function takeBuffers(): Buffers {
  return freeBuffers.pop() ?? [new Uint8Array(maxPieceBytes), new Uint8Array(maxPieceBytes)];
}
