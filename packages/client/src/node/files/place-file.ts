import * as promises from "node:fs/promises";
import { join, parse } from "node:path";
import type { ClientFiles } from "../surroundings.ts";

/** What placing a file needs of a file system. Not every one has hard links, and a rename works only within a disk. */
export type FileSystem = Pick<
  ClientFiles,
  "copyFile" | "link" | "open" | "readFile" | "rename" | "rm" | "stat"
>;

/** Moves a file to a path that may be on another disk. Resolves with that path once the bytes are there. */
export async function moveToDisk(file: string, path: string, disk: FileSystem = promises): Promise<string> {
  try {
    await disk.rename(file, path);
  } catch (error) {
    if (codeOf(error) !== "EXDEV") throw error;
    try {
      await disk.copyFile(file, path);
      await syncFile(path, disk);
    } catch (failure) {
      await disk.rm(path, { force: true }).catch(() => undefined);
      throw failure;
    }
    await disk.rm(file, { force: true });
  }
  return path;
}

/** Moves a file to the first free name of `a.png`, `a-2.png`, ... on its disk. Resolves with that name. */
export async function linkFree(
  file: string,
  path: string,
  { separator, reuseIdentical }: { readonly separator: string; readonly reuseIdentical: boolean },
  disk: FileSystem = promises,
): Promise<string> {
  const { dir, name, ext } = parse(path);
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? path : join(dir, `${name}${separator}${number}${ext}`);
    if (await linkExclusive(file, candidate, disk)) return candidate;
    if (reuseIdentical && (await isSameFile(file, candidate, disk))) {
      await disk.rm(file, { force: true });
      return candidate;
    }
  }
}

/** Gives a file a second name and removes the first. Returns `false` if the name is taken. */
export async function linkExclusive(
  file: string,
  path: string,
  disk: FileSystem = promises,
): Promise<boolean> {
  try {
    await disk.link(file, path);
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    // A file system without links: an empty file claims the name and is then replaced.
    if (!(await claimName(path, disk))) return false;
    await disk.rename(file, path).catch(async (failure: unknown) => {
      await disk.rm(path, { force: true });
      throw failure;
    });
    return true;
  }
  await disk.rm(file, { force: true });
  return true;
}

async function claimName(path: string, disk: FileSystem): Promise<boolean> {
  try {
    await (await disk.open(path, "wx")).close();
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

async function isSameFile(a: string, b: string, disk: FileSystem): Promise<boolean> {
  try {
    const [one, other] = await Promise.all([disk.stat(a), disk.stat(b)]);
    if (one.size !== other.size || !other.isFile()) return false;
    const [bytes, otherBytes] = await Promise.all([disk.readFile(a), disk.readFile(b)]);
    return bytes.equals(otherBytes);
  } catch {
    // A file that cannot be compared counts as different: nothing is overwritten.
    return false;
  }
}

/** Waits until the bytes of a file are on the disk. */
async function syncFile(path: string, disk: FileSystem): Promise<void> {
  const file = await disk.open(path, "r+");
  await file.sync().finally(() => file.close());
}

/** Returns the code of a system error. */
export function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}
