import { type FileHandle, open } from "node:fs/promises";
import path from "node:path";
import { makeFolder } from "./make-directory.ts";

/** Makes a folder's entries survive a power cut; a no-op where folders can not be opened (Windows). */
export async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(folder, "r");
    await handle.sync();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (!["EISDIR", "EPERM", "EACCES", "EINVAL", "ENOTSUP", "EBADF"].includes(code)) throw error;
  } finally {
    await handle?.close();
  }
}

/** Makes a folder that only its owner can read, with its parents. */
export async function makePrivateFolder(folder: string): Promise<void> {
  await makeFolder(folder, 0o700);
}

/** Opens a file for appending, readable by its owner only, and makes its name durable. */
export async function openPrivateLog(file: string): Promise<FileHandle> {
  await makePrivateFolder(path.dirname(file));
  const handle = await open(file, "a", 0o600);
  await syncFolder(path.dirname(file));
  return handle;
}
