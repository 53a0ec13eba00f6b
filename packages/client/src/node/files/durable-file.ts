import { readFileSync, readlinkSync } from "node:fs";
import * as promises from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { sliceOf } from "../../response/image-store.ts";
import { crypto } from "../builtins.ts";
import type { ClientFiles, OpenFile } from "../surroundings.ts";
import { codeOf, linkExclusive, linkFree, moveToDisk } from "./place-file.ts";
import { retryWhileOpen } from "./retry-while-open.ts";

const { mkdir, open, stat } = promises;

/** How {@link commitFile} treats a name that is taken, and a directory that cannot be synced. @internal */
export interface CommitOptions {
  /** Replaces an existing file. Otherwise the new file gets a free name beside it. */
  readonly overwrite: boolean;
  /** Separates the number in a free name: `-` by default, as in `edit-2.png`. */
  readonly separator?: string | undefined;
  /** Accepts an existing file with the same bytes, for example of a process that was killed after its commit. */
  readonly reuseIdentical?: boolean | undefined;
  /** Ignores a failed sync of the directory: the file is complete, and only its name may be lost in a power failure. */
  readonly ignoreSyncErrors?: boolean | undefined;
}

/**
 * Moves a finished file to its name atomically: a reader sees either no file or all of it. Resolves with the path in use.
 *
 * @throws the system's error; the temporary file then still exists.
 * @example
 * const path = await commitFile(temporary, "out/edit.png", { overwrite: false }); // "out/edit-2.png" if taken
 * @internal
 */
export async function commitFile(
  temporary: string,
  path: string,
  options: CommitOptions,
  files: ClientFiles = nodeFiles,
): Promise<string> {
  const placed = await placeFile(temporary, path, options, files);
  const synced = files.syncDirectory(dirname(placed));
  await (options.ignoreSyncErrors ? synced.catch(() => undefined) : synced);
  return placed;
}

/** Does what {@link commitFile} does, except that a power failure may take the name until its directory is synced. */
export async function placeFile(
  temporary: string,
  path: string,
  { overwrite, separator = "-", reuseIdentical = false }: CommitOptions,
  files: ClientFiles = nodeFiles,
): Promise<string> {
  const directory = dirname(path);
  if (dirname(temporary) !== directory) await files.makeDirectory(directory);
  const source =
    dirname(temporary) === directory
      ? temporary
      : await moveToDisk(temporary, join(directory, files.temporaryName()), files);
  const placed = overwrite ? path : await linkFree(source, path, { separator, reuseIdentical }, files);
  if (overwrite) await files.rename(source, path);
  return placed;
}

/** Renames a file if the new name is free. Returns whether it was. @internal */
export async function renameIfFree(
  file: string,
  path: string,
  files: ClientFiles = nodeFiles,
): Promise<boolean> {
  if (!(await linkExclusive(file, path, files))) return false;
  await files.syncDirectory(dirname(path));
  return true;
}

/** Returns a name for a file that is still being written: hidden, unique, and without an image extension. @internal */
export function temporaryName(): string {
  return `.retouch-${process.pid}-${processSpace()}-${crypto().randomBytes(6).toString("hex")}.part`;
}

/** The process that writes a file. @internal */
export interface TemporaryWriter {
  readonly pid: number;
  /** Whether the id is one of this machine and pid namespace, so that the process table has it. */
  readonly isHere: boolean;
}

/** Returns the process that writes a file, for a name of {@link temporaryName}. @internal */
export function temporaryWriter(name: string): TemporaryWriter | undefined {
  const [, pid, space] = /^\.retouch-(\d+)-([0-9a-f]{8})-[0-9a-f]{12}\.part$/.exec(name) ?? [];
  return pid === undefined ? undefined : { pid: Number(pid), isHere: space === processSpace() };
}

let space: string | undefined;

/** Identifies the space that process ids are unique in: one boot of a machine, and on Linux one pid namespace. */
function processSpace(): string {
  space ??= crypto()
    .createHash("sha256")
    .update([bootOf(), namespaceOf()].join(" "))
    .digest("hex")
    .slice(0, 8);
  return space;
}

function bootOf(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8");
  } catch {
    return hostname();
  }
}

function namespaceOf(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}

/** Directories whose names this process has seen on the disk. */
const durable = new Set<string>();

/**
 * Creates a directory and its parents, and waits until their names are on the disk: a power failure would take a new
 * directory with everything in it, however well that was synced. Node's own `recursive` loops forever if a directory
 * cannot be created although its parent exists, as in `/proc`.
 *
 * @internal
 */
export async function makeDirectory(directory: string, mode?: number): Promise<void> {
  const parent = dirname(directory);
  try {
    await makeOne(directory, mode);
  } catch (error) {
    if (codeOf(error) !== "ENOENT" || parent === directory) throw error;
    await makeDirectory(parent, mode);
    await makeOne(directory, mode);
  }
  // Also of a directory that exists: the process that created it may have been killed before this.
  if (durable.has(directory)) return;
  // The file system may refuse it, as in a parent that cannot be read; what is created in the directory is still useful.
  for (const above of [dirname(parent), parent]) await syncDirectory(above).catch(() => undefined);
  durable.add(directory);
}

async function makeOne(directory: string, mode?: number): Promise<void> {
  try {
    await mkdir(directory, mode);
  } catch (error) {
    // The code for an existing directory differs by platform: EEXIST, EISDIR, EPERM, EROFS.
    const isDirectory = await stat(directory).then(
      (stats) => stats.isDirectory(),
      () => false,
    );
    if (!isDirectory) throw error;
  }
}

/** Directories that are being synced, and the sync that follows. */
const running = new Map<string, { readonly done: Promise<void>; next?: Promise<void> }>();

/**
 * Waits until the entries of a directory are on the disk; does nothing where directories cannot be synced (Windows).
 * Callers that arrive during a sync share the next one, which starts after all of their changes.
 *
 * @internal
 */
export function syncDirectory(directory: string): Promise<void> {
  const current = running.get(directory);
  if (!current) return startSync(directory);
  current.next ??= current.done.catch(() => undefined).then(() => startSync(directory));
  return current.next;
}

function startSync(directory: string): Promise<void> {
  // Deleted before the callers that share the next sync start it.
  const done = syncIfPossible(directory).finally(() => running.delete(directory));
  running.set(directory, { done });
  return done;
}

/** Syncs a directory, unless the file system cannot: Windows, many network drives, or a directory that cannot be read. */
export async function syncIfPossible(
  directory: string,
  openDirectory: ClientFiles["open"] = open,
): Promise<void> {
  try {
    const handle = await openDirectory(directory, "r");
    await handle.sync().finally(() => handle.close());
  } catch (error) {
    if (!/^(EISDIR|EPERM|EACCES|EINVAL|ENOTSUP|EBADF)$/.test(codeOf(error) ?? "")) throw error;
  }
}

/** The real files of this machine. @internal */
export const nodeFiles: ClientFiles = {
  ...promises,
  ...retryWhileOpen(promises),
  makeDirectory,
  syncDirectory,
  temporaryName,
};

/** Writes consecutive bytes at a position of a file, with one system call as a rule: many small ones are slow. @internal */
export async function writeAll(file: OpenFile, parts: Uint8Array[], at: number): Promise<void> {
  const byteLength = parts.reduce((sum, part) => sum + part.length, 0);
  if (byteLength === 0) return;
  let { bytesWritten } = await file.writev(parts, at);
  if (bytesWritten === byteLength) return;
  // A write may stop half-way; the next one throws the reason, if there is one.
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
