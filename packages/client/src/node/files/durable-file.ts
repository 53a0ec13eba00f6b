import { randomBytes } from "node:crypto";
import { copyFile, type FileHandle, link, mkdir, open, rename, stat, unlink } from "node:fs/promises";
import { dirname, join, parse } from "node:path";
import { pid } from "node:process";
import { sliceOf } from "../../response/image-store.ts";

/**
 * Gives a finished file its name, all at once: who looks sees no file or all of it. Without `overwrite` a name that is
 * taken gets a number. Resolves with the path in use.
 */
export async function commitFile(temporary: string, path: string, overwrite: boolean): Promise<string> {
  const directory = dirname(path);
  if (dirname(temporary) !== directory) await makeDirectory(directory);
  const source = await onSameDisk(temporary, directory);
  const placed = overwrite ? await replace(source, path) : await linkExclusive(source, path);
  await syncDirectory(directory);
  return placed;
}

/** Moves a file to the folder of its final name when that is on another disk: a name can not be given across. */
async function onSameDisk(temporary: string, directory: string): Promise<string> {
  if (dirname(temporary) === directory) return temporary;
  const beside = join(directory, temporaryName());
  try {
    await rename(temporary, beside);
  } catch (error) {
    if (codeOf(error) !== "EXDEV") throw error;
    try {
      await copyFile(temporary, beside);
      await syncFile(beside);
    } catch (failure) {
      await unlink(beside).catch(() => undefined);
      throw failure;
    }
    await unlink(temporary);
  }
  return beside;
}

async function replace(source: string, path: string): Promise<string> {
  await rename(source, path);
  return path;
}

async function linkExclusive(source: string, path: string): Promise<string> {
  const { dir, name, ext } = parse(path);
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? path : join(dir, `${name}-${number}${ext}`);
    try {
      await link(source, candidate);
      await unlink(source);
      return candidate;
    } catch (error) {
      if (codeOf(error) === "EEXIST") continue;
      // A file system without links: the name is claimed by an empty file, and replaced.
      if (await isClaimed(candidate)) return replace(source, candidate);
    }
  }
}

async function isClaimed(path: string): Promise<boolean> {
  try {
    await (await open(path, "wx")).close();
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

/** Waits until a file's bytes are on the disk. */
async function syncFile(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Reads the code of a system error. */
export function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}

/** Makes the name of a file that is still being written: hidden, and never that of a picture. */
export function temporaryName(): string {
  return `.retouch-${pid}-${randomBytes(6).toString("hex")}.part`;
}

/**
 * Makes a folder and those above it. Node's own `recursive` never ends where a folder can not be made though the one
 * above it exists, as below `/proc`.
 */
export async function makeDirectory(directory: string): Promise<void> {
  try {
    await makeOne(directory);
  } catch (error) {
    const above = dirname(directory);
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || above === directory) throw error;
    await makeDirectory(above);
    await makeOne(directory);
  }
}

async function makeOne(directory: string): Promise<void> {
  try {
    await mkdir(directory);
  } catch (error) {
    // What is said of a folder that exists differs by platform: EEXIST, EISDIR, EPERM, EROFS.
    const isThere = await stat(directory).then(
      (facts) => facts.isDirectory(),
      () => false,
    );
    if (!isThere) throw error;
  }
}

/** Folders that are being synced, and what will be synced right after. */
const running = new Map<string, { readonly done: Promise<void>; next?: Promise<void> }>();

/**
 * Waits until the names in a folder are on the disk, where that can be asked for. Whoever asks while a sync runs shares
 * the one after it, which begins after all of them have asked.
 */
export function syncDirectory(directory: string): Promise<void> {
  const now = running.get(directory);
  if (!now) return begin(directory);
  now.next ??= now.done.then(() => begin(directory));
  return now.next;
}

function begin(directory: string): Promise<void> {
  const done = sync(directory).then(() => {
    // Before those who share the next one begin it.
    running.delete(directory);
  });
  running.set(directory, { done });
  return done;
}

async function sync(directory: string): Promise<void> {
  try {
    const handle = await open(directory, "r");
    await handle.sync().finally(() => handle.close());
  } catch {
    // Windows and some network disks can not, and the file itself is safe.
  }
}

/**
 * Writes bytes that follow each other to a place of a file, with one call of the system as a rule: many small ones cost
 * more than the bytes do.
 */
export async function writeAll(file: FileHandle, parts: Uint8Array[], at: number): Promise<void> {
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
