import { randomBytes } from "node:crypto";
import { type FileHandle, link, mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import path from "node:path";

/**
 * Makes a folder and those above it. Node's own `recursive` never ends where a folder can not be made though the one
 * above it exists, as below `/proc`.
 */
export async function makeDirectory(folder: string, mode?: number): Promise<void> {
  try {
    await makeOne(folder, mode);
  } catch (error) {
    const above = path.dirname(folder);
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || above === folder) throw error;
    await makeDirectory(above, mode);
    await makeOne(folder, mode);
  }
}

async function makeOne(folder: string, mode?: number): Promise<void> {
  try {
    await mkdir(folder, mode);
  } catch (error) {
    // What is said of a folder that exists differs by platform: EEXIST, EISDIR, EPERM, EROFS.
    const isThere = await stat(folder).then(
      (facts) => facts.isDirectory(),
      () => false,
    );
    if (!isThere) throw error;
  }
}

/** Makes a folder's entries survive a power cut; a no-op where folders can not be opened (Windows). */
export async function syncDirectory(folder: string): Promise<void> {
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
export async function makePrivateDirectory(folder: string): Promise<void> {
  await makeDirectory(folder, 0o700);
}

/** Opens a file for appending, readable by its owner only, and makes its name durable. */
export async function openPrivateLog(file: string): Promise<FileHandle> {
  await makePrivateDirectory(path.dirname(file));
  const handle = await open(file, "a", 0o600);
  await syncDirectory(path.dirname(file));
  return handle;
}

/** Names a temporary neighbour of `target`: hidden, unique, and on the same file system. */
export function temporaryName(target: string): string {
  const name = path.basename(target).slice(0, 80);
  return path.join(
    path.dirname(target),
    `.${name}.${process.pid}-${randomBytes(6).toString("hex")}.retouch-tmp`,
  );
}

/**
 * Writes bytes so that `target` is whole or absent: temporary file, fsync, rename, fsync of the folder. Without
 * `force` a file that appeared meanwhile is kept, and the picture gets a free name beside it.
 *
 * @returns the path that was written.
 */
export async function writeOutput(
  target: string,
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { force }: { force: boolean },
): Promise<string> {
  const temporary = temporaryName(target);
  try {
    const handle = await open(temporary, "wx", 0o666);
    try {
      for await (const piece of pieces) await writeAll(handle, piece);
      await handle.sync();
    } finally {
      await handle.close();
    }
    return await commitFile(temporary, target, { force });
  } finally {
    await rm(temporary, { force: true });
  }
}

async function writeAll(handle: Awaited<ReturnType<typeof open>>, bytes: Uint8Array): Promise<void> {
  let at = 0;
  while (at < bytes.length) at += (await handle.write(bytes, at)).bytesWritten;
}

/** Gives a written file another name when that one is free; it keeps its own otherwise. */
export async function moveIfFree(file: string, target: string): Promise<string> {
  if (!(await linkExclusive(file, target))) return file;
  await syncDirectory(path.dirname(target));
  return target;
}

/** Gives a finished file its name: over an existing one with `force`, else beside it. */
async function commitFile(finished: string, target: string, { force }: { force: boolean }): Promise<string> {
  if (force) {
    await rename(finished, target);
    await syncDirectory(path.dirname(target));
    return target;
  }
  for (let attempt = 1; ; attempt++) {
    const free = attempt === 1 ? target : alternative(target, attempt);
    // A run that was killed between the rename and its record left this very picture.
    if ((await linkExclusive(finished, free)) || (await isSameFile(finished, free))) {
      await syncDirectory(path.dirname(free));
      return free;
    }
  }
}

function alternative(target: string, attempt: number): string {
  const { dir, name, ext } = path.parse(target);
  return path.join(dir, `${name}~${attempt}${ext}`);
}

async function isSameFile(a: string, b: string): Promise<boolean> {
  try {
    const [one, other] = await Promise.all([stat(a), stat(b)]);
    if (one.size !== other.size || !other.isFile()) return false;
    const [bytes, otherBytes] = await Promise.all([readFile(a), readFile(b)]);
    return bytes.equals(otherBytes);
  } catch {
    // What can not be compared counts as another file: nothing is overwritten.
    return false;
  }
}

/** Names of unfinished files, ours and the client's, with the process that writes them. */
const temporaryPattern = /^\..*?(\d+)-[0-9a-f]{12}\.(?:retouch-tmp|part)$/;

/** Removes what killed processes left in a folder. */
export async function removeStaleTemporaries(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const stale = names.filter((name) => {
    const writer = temporaryPattern.exec(name)?.[1];
    return writer !== undefined && !isAlive(Number(writer));
  });
  await Promise.all(stale.map((name) => rm(path.join(folder, name), { force: true })));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Links the file under its name, which fails when the name is taken; renames where links are unknown. */
async function linkExclusive(finished: string, target: string): Promise<boolean> {
  try {
    await link(finished, target);
    await rm(finished, { force: true });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
  }
  try {
    await stat(target);
    return false;
  } catch {
    await rename(finished, target);
    return true;
  }
}
