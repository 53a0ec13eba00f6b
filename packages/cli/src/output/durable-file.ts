import { randomBytes } from "node:crypto";
import { type FileHandle, link, mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import path from "node:path";

/**
 * Creates a directory and its parents. Node's own `recursive` loops forever if a directory cannot be created although its
 * parent exists, as in `/proc`.
 */
export async function makeDirectory(directory: string, mode?: number): Promise<void> {
  try {
    await makeOne(directory, mode);
  } catch (error) {
    const above = path.dirname(directory);
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || above === directory) throw error;
    await makeDirectory(above, mode);
    await makeOne(directory, mode);
  }
}

async function makeOne(directory: string, mode?: number): Promise<void> {
  try {
    await mkdir(directory, mode);
  } catch (error) {
    // The code for an existing directory differs by platform: EEXIST, EISDIR, EPERM, EROFS.
    const isThere = await stat(directory).then(
      (facts) => facts.isDirectory(),
      () => false,
    );
    if (!isThere) throw error;
  }
}

/** Syncs the entries of a directory to disk; a no-op where directories cannot be opened (Windows). */
async function syncDirectory(directory: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(directory, "r");
    await handle.sync();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (!["EISDIR", "EPERM", "EACCES", "EINVAL", "ENOTSUP", "EBADF"].includes(code)) throw error;
  } finally {
    await handle?.close();
  }
}

/** Creates a directory that only its owner can read, with its parents. */
export async function makePrivateDirectory(directory: string): Promise<void> {
  await makeDirectory(directory, 0o700);
}

/** Opens a file for appending that only its owner can read, and syncs its directory. */
export async function openPrivateLog(file: string): Promise<FileHandle> {
  await makePrivateDirectory(path.dirname(file));
  const handle = await open(file, "a", 0o600);
  await syncDirectory(path.dirname(file));
  return handle;
}

/** Returns a temporary name beside `target`: hidden, unique, and on the same file system. */
export function temporaryName(target: string): string {
  const name = path.basename(target).slice(0, 80);
  return path.join(
    path.dirname(target),
    `.${name}.${process.pid}-${randomBytes(6).toString("hex")}.retouch-tmp`,
  );
}

/**
 * Writes bytes atomically: temporary file, fsync, rename, fsync of the directory. Without
 * `force`, a file that appeared meanwhile is kept and the bytes get a free name beside it.
 *
 * @returns The path that was written.
 */
export async function writeOutput(
  target: string,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { force }: { force: boolean },
): Promise<string> {
  const temporary = temporaryName(target);
  try {
    const handle = await open(temporary, "wx", 0o666);
    try {
      for await (const chunk of chunks) await writeAll(handle, chunk);
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

/** Renames a written file if the new name is free. Returns its final path. */
export async function moveIfFree(file: string, target: string): Promise<string> {
  if (!(await linkExclusive(file, target))) return file;
  await syncDirectory(path.dirname(target));
  return target;
}

/** Moves a finished file to its name: over an existing file with `force`, otherwise beside it. */
async function commitFile(finished: string, target: string, { force }: { force: boolean }): Promise<string> {
  if (force) {
    await rename(finished, target);
    await syncDirectory(path.dirname(target));
    return target;
  }
  for (let attempt = 1; ; attempt++) {
    const free = attempt === 1 ? target : alternative(target, attempt);
    // A run that was killed between the rename and its record left the same file.
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
    // A file that cannot be compared counts as different: nothing is overwritten.
    return false;
  }
}

/** Names of unfinished files, ours and the client's, with the id of the process that writes them. */
const temporaryPattern = /^\..*?(\d+)-[0-9a-f]{12}\.(?:retouch-tmp|part)$/;

/** Removes temporary files that killed processes left in a directory. */
export async function removeStaleTemporaries(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  const stale = names.filter((name) => {
    const writer = temporaryPattern.exec(name)?.[1];
    return writer !== undefined && !isAlive(Number(writer));
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

/** Links the file to its name, which fails if the name is taken. Renames where links are not supported. */
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
