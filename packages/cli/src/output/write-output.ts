import { open, readdir, rm } from "node:fs/promises";
import path from "node:path";
import {
  commitFile,
  makeDirectory,
  renameIfFree,
  temporaryName,
  temporaryWriter,
  writeAll,
} from "@retouch/client/node";

/** Creates a directory that only its owner can read, with its parents. */
export async function makePrivateDirectory(directory: string): Promise<void> {
  await makeDirectory(directory, 0o700);
}

/**
 * Writes bytes atomically: temporary file, fsync, rename, fsync of the directory. Without
 * `force`, a file that appeared meanwhile is kept and the bytes get a free name beside it. `placeAs` returns another
 * name in the same directory, as late as possible.
 *
 * @returns The path that was written.
 */
export async function writeOutput(
  target: string,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { force, placeAs }: { force: boolean; placeAs?: (() => string) | undefined },
): Promise<string> {
  const temporary = path.join(path.dirname(target), temporaryName());
  try {
    const handle = await open(temporary, "wx", 0o666);
    try {
      let byteLength = 0;
      for await (const chunk of chunks) {
        await writeAll(handle, [chunk], byteLength);
        byteLength += chunk.length;
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    // A run that was killed between the rename and its journal entry left the same file.
    return await commitFile(temporary, placeAs?.() ?? target, {
      overwrite: force,
      separator: "~",
      reuseIdentical: true,
    });
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Renames a written file if the new name is free. Returns its final path. */
export async function moveIfFree(file: string, target: string): Promise<string> {
  return (await renameIfFree(file, target)) ? target : file;
}

/** Removes temporary files that killed processes left in a directory. */
export async function removeStaleTemporaries(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  const stale = names.filter((name) => {
    const writer = temporaryWriter(name);
    return writer !== undefined && !isAlive(writer);
  });
  await Promise.all(stale.map((name) => rm(path.join(directory, name), { force: true })));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
