import path from "node:path";
import {
  commitFile,
  renameIfFree,
  type TemporaryWriter,
  temporaryWriter,
  writeAll,
} from "@retouch/client/node";
import { fileTime } from "../journal/claims/file-time.ts";
import { removeFile, type System } from "../journal/system.ts";

/** Creates a directory that only its owner can read, with its parents. */
export async function makePrivateDirectory(
  directory: string,
  { files }: Pick<System, "files">,
): Promise<void> {
  await files.makeDirectory(directory, 0o700);
}

/** How many other edits may take a free number first; after that, the name gets a suffix. */
const maxTries = 1000;

/** A name, and whether it was free a moment ago: only this process can have written a file of any other. */
export interface PlacedName {
  readonly path: string;
  readonly isNew: boolean;
}

/**
 * Writes bytes atomically: temporary file, fsync, rename, fsync of the directory. Without
 * `force`, a file that appeared meanwhile is kept and the bytes get a free name beside it. `placeAs` returns another
 * name in the same directory, as late as possible, and again while `isNew` names are taken.
 *
 * @returns The path that was written.
 */
export async function writeOutput(
  target: string,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { force, placeAs }: { force: boolean; placeAs?: (() => PlacedName) | undefined },
  { files }: Pick<System, "files">,
): Promise<string> {
  return writeTemporary(
    path.dirname(target),
    chunks,
    async (temporary) => {
      let placed = placeAs?.();
      // Another edit takes a free number in the same moment, perhaps with the same bytes.
      for (let tries = 0; placed?.isNew && !force && tries < maxTries; tries++) {
        if (await renameIfFree(temporary, placed.path, files)) return placed.path;
        placed = placeAs?.();
      }
      // A run that was killed between the rename and its journal entry left the same file.
      return await commitFile(
        temporary,
        placed?.path ?? target,
        {
          overwrite: force,
          separator: "~",
          reuseIdentical: true,
        },
        files,
      );
    },
    { files },
  );
}

/**
 * Writes bytes to a hidden file of a directory and waits until they are on the disk. `place` then gives it its name; the
 * file is removed if it still exists after that.
 */
export async function writeTemporary<T>(
  directory: string,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  place: (temporary: string) => Promise<T>,
  { files }: Pick<System, "files">,
): Promise<T> {
  const temporary = path.join(directory, files.temporaryName());
  try {
    const handle = await files.open(temporary, "wx", 0o666);
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
    return await place(temporary);
  } finally {
    await files.rm(temporary, { force: true });
  }
}

/** Renames a written file if the new name is free. Returns its final path. */
export async function moveIfFree(
  file: string,
  target: string,
  { files }: Pick<System, "files">,
): Promise<string> {
  return (await renameIfFree(file, target, files)) ? target : file;
}

/** Age from which a temporary file of a process that this one cannot see is stale: nothing takes longer to arrive. */
const unseenStaleMs = 86_400_000;

/** Removes temporary files that killed processes left in a directory. */
export async function removeStaleTemporaries(directory: string, system: System): Promise<void> {
  for (const name of await system.files.readdir(directory).catch(() => [])) {
    const writer = temporaryWriter(name);
    const file = path.join(directory, name);
    if (writer !== undefined && (await isStale(file, writer, system))) await removeFile(file, system);
  }
}

/** Of a process in another container or on another machine, which may have any id, only the age shows that it ended. */
async function isStale(file: string, { pid, isHere }: TemporaryWriter, system: System): Promise<boolean> {
  if (isHere) return !(await system.processes.look(pid)).runs;
  const nowMs = await fileTime(path.dirname(file), system);
  const found = await system.files.stat(file).catch(() => undefined);
  return nowMs !== undefined && found !== undefined && nowMs - found.mtimeMs > unseenStaleMs;
}
