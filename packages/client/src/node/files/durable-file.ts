import { copyFile, link, open, rename, unlink } from "node:fs/promises";
import { dirname, join, parse } from "node:path";
import { makeFolder } from "./make-folder.ts";
import { syncFolder } from "./sync-folder.ts";
import { temporaryName } from "./temporary-name.ts";

/**
 * Gives a finished file its name, all at once: who looks sees no file or all of it. Without `overwrite` a name that is
 * taken gets a number. Resolves with the path in use.
 */
export async function placeFile(temporary: string, path: string, overwrite: boolean): Promise<string> {
  const folder = dirname(path);
  if (dirname(temporary) !== folder) await makeFolder(folder);
  const source = await onSameDisk(temporary, folder);
  const placed = overwrite ? await replace(source, path) : await claim(source, path);
  await syncFolder(folder);
  return placed;
}

/** Moves a file to the folder of its final name when that is on another disk: a name can not be given across. */
async function onSameDisk(temporary: string, folder: string): Promise<string> {
  if (dirname(temporary) === folder) return temporary;
  const beside = join(folder, temporaryName());
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

async function claim(source: string, path: string): Promise<string> {
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
