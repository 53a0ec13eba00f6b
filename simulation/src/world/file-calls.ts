import path from "node:path";
import { Readable } from "node:stream";
import { createFile, type FileNode, SystemError, type Tree, type Volume } from "./disk.ts";
import { createHandle, decode, kindOf, statsOf, write } from "./file-handle.ts";
import type { Seat, SimProcess } from "./sim-process.ts";

const constants = { O_RDONLY: 0, O_NONBLOCK: 2048, F_OK: 0, R_OK: 4, W_OK: 2, COPYFILE_EXCL: 1 };

type Options = { readonly mode?: number; readonly flag?: string } | string | undefined;

/** Returns `node:fs/promises` as a process sees it: every call is a step. */
function createFilePromises(seat: Seat) {
  const at = (file: string | URL): string => absolute(seat.process, String(file));
  const call = <T>(effect: (process: SimProcess, tree: Tree) => T): Promise<T> => {
    const { process } = seat;
    return process.call(() => effect(process, process.machine.tree));
  };

  /** Opens a file at once. */
  function openNow(process: SimProcess, file: string, flags: string | number, mode: number): FileNode {
    const { tree } = process.machine;
    const isWriting = typeof flags === "string" && /[wa]|\+/.test(flags);
    const found = tree.find(file, "open");
    if (found?.kind === "directory") {
      if (isWriting) throw new SystemError("EISDIR", "open", file);
      return found as unknown as FileNode; // only to be synced
    }
    if (found !== undefined) {
      if (typeof flags === "string" && flags.includes("x")) throw new SystemError("EEXIST", "open", file);
      if (typeof flags === "string" && flags.startsWith("w")) write(found, Buffer.alloc(0));
      return found;
    }
    if (!isWriting || flags === "r+") throw new SystemError("ENOENT", "open", file);
    const { volume } = tree.parent(file, "open");
    if (volume.isFull && process.random.chance(0.3)) throw new SystemError("ENOSPC", "open", file);
    const node = createFile(volume, mode);
    tree.add(file, node, "open");
    return node;
  }

  const open = async (file: string, flags: string | number = "r", mode = 0o666) => {
    const { process } = seat;
    const node = await call(() => openNow(process, at(file), flags, mode));
    return createHandle(process, node, typeof flags === "string" && flags.startsWith("a"));
  };

  const promises = {
    constants,
    open,
    access: (file: string) => call((_, tree) => void tree.get(at(file), "access")),
    stat: (file: string, options?: { bigint?: boolean }) =>
      call((process, tree) => statsOf(virtualFile(process, file) ?? tree.get(at(file), "stat"), options)),
    lstat: (file: string) => call((_, tree) => statsOf(tree.get(at(file), "lstat"))),
    statfs: (file: string) => call((_, tree) => freeSpace(tree.get(at(file), "statfs").volume)),
    realpath: (file: string) => call((process) => realPath(process, file)),
    readlink: (file: string) => call((process) => readLink(process, file)),
    readdir: (file: string, options?: { withFileTypes?: boolean }) =>
      call((process) => list(process, at(file), options)),
    readFile: (file: string, options?: string | { encoding?: string }) =>
      call((process, tree) => {
        const node = virtualFile(process, file) ?? tree.file(at(file), "read");
        return decode(node.data, options);
      }),
    mkdir: (file: string, options?: { recursive?: boolean; mode?: number }) =>
      call((process) => makeDirectories(process, at(file), options)),
    link: (from: string, to: string) =>
      call((_, tree) => {
        const node = tree.file(at(from), "link");
        if (tree.find(at(to), "link") !== undefined) throw new SystemError("EEXIST", "link", to);
        tree.add(at(to), node, "link");
      }),
    rename: (from: string, to: string) => call((_, tree) => tree.rename(at(from), at(to))),
    rmdir: (directory: string) => call((_, tree) => tree.removeDirectory(at(directory))),
    unlink: (file: string) => call((_, tree) => tree.remove(at(file), "unlink")),
    rm: (file: string, { force = false }: { force?: boolean } = {}) =>
      call((_, tree) => {
        if (force && tree.find(at(file)) === undefined) return;
        tree.remove(at(file), "rm");
      }),
    async copyFile(from: string, to: string, mode = 0) {
      const { data } = await call((_, tree) => tree.file(at(from), "copyfile"));
      const node = await call((process) =>
        openNow(process, at(to), mode === constants.COPYFILE_EXCL ? "wx" : "w", 0o666),
      );
      await call(() => write(node, data));
    },
    async writeFile(file: string, text: string | Uint8Array, options?: Options) {
      const { mode, flag = "w" } = typeof options === "object" ? options : {};
      const node = await call((process) => openNow(process, at(file), flag, mode ?? 0o666));
      await call(() => write(node, Buffer.from(text as string)));
    },
    async appendFile(file: string, text: string | Uint8Array, options?: Options) {
      const { mode } = typeof options === "object" ? options : {};
      const node = await call((process) => openNow(process, at(file), "a", mode ?? 0o666));
      await call(() => write(node, Buffer.concat([node.data, Buffer.from(text as string)])));
    },
  };
  return promises;
}

/** Returns `node:fs` as a process sees it. Its synchronous calls happen within a step. */
export function createFileCalls(seat: Seat) {
  const promises = createFilePromises(seat);
  const at = (file: string): string => absolute(seat.process, file);
  const tree = (): Tree => seat.process.machine.tree;
  type Missing = { throwIfNoEntry?: boolean };
  const statSync = (file: string, { throwIfNoEntry = true }: Missing = {}) => {
    const node = throwIfNoEntry ? tree().get(at(file), "stat") : tree().find(at(file));
    return node && statsOf(node);
  };
  return {
    constants,
    promises,
    statSync,
    lstatSync: statSync,
    existsSync: (file: string) => tree().find(at(file)) !== undefined,
    readdirSync: (file: string, options?: { withFileTypes?: boolean }) =>
      list(seat.process, at(file), options),
    realpathSync: (file: string) => realPath(seat.process, file),
    readlinkSync: (file: string) => readLink(seat.process, file),
    readFileSync: (file: string, options?: string | { encoding?: string }) =>
      decode((virtualFile(seat.process, file) ?? tree().file(at(file), "read")).data, options),
    createReadStream: (file: string, { highWaterMark = 65_536 } = {}) =>
      Readable.from(
        (async function* () {
          const handle = await promises.open(file, "r");
          for (let position = 0; ; ) {
            const size = Math.min(highWaterMark, handle.size - position);
            if (size <= 0) return handle.close();
            const chunk = Buffer.allocUnsafe(size);
            const { bytesRead } = await handle.read(chunk, 0, size, position);
            position += bytesRead;
            yield chunk.subarray(0, bytesRead);
          }
        })(),
        { objectMode: false },
      ),
  };
}

function list(process: SimProcess, file: string, options?: { withFileTypes?: boolean }): unknown[] {
  const { entries } = process.machine.tree.directory(file, "scandir");
  if (options?.withFileTypes !== true) return [...entries.keys()];
  return [...entries].map(([name, node]) => ({ name, parentPath: file, path: file, ...kindOf(node) }));
}

function makeDirectories(
  process: SimProcess,
  file: string,
  { recursive = false, mode = 0o777 }: { recursive?: boolean; mode?: number } = {},
): string | undefined {
  const { tree } = process.machine;
  const found = tree.find(file, "mkdir");
  if (found !== undefined) {
    if (recursive && found.kind === "directory") return undefined;
    throw new SystemError("EEXIST", "mkdir", file);
  }
  let first: string | undefined;
  if (recursive && path.dirname(file) !== file)
    first = makeDirectories(process, path.dirname(file), { recursive, mode });
  tree.makeDirectory(file, mode);
  return first ?? file;
}

function realPath(process: SimProcess, file: string): string {
  const path = absolute(process, file);
  process.machine.tree.get(path, "realpath");
  return path;
}

function readLink({ namespace }: SimProcess, file: string): string {
  if (file === "/proc/self/ns/pid") return `pid:[${namespace}]`;
  throw new SystemError("EINVAL", "readlink", file);
}

function absolute(process: SimProcess, file: string): string {
  if (file.startsWith("/") && !/\/(?:\.|\/|$)/.test(file)) return file; // as most are
  return path.posix.resolve(process.cwd, file);
}

/** Returns a file of `/proc`. */
function virtualFile(process: SimProcess, file: string): FileNode | undefined {
  if (!String(file).startsWith("/proc/")) return undefined;
  const text = procText(process, file);
  if (text === undefined) throw new SystemError("ENOENT", "open", file);
  return { ...({} as FileNode), kind: "file", data: Buffer.from(text) };
}

function procText(process: SimProcess, file: string): string | undefined {
  if (file === "/proc/sys/kernel/random/boot_id") return `${process.machine.bootId}\n`;
  const pid = /^\/proc\/(self|\d+)\/stat$/.exec(file)?.[1];
  if (pid === undefined) return undefined;
  const other = pid === "self" ? process : process.machine.findProcess(process.namespace, Number(pid));
  return other && `${other.pid} (node) S ${"0 ".repeat(18)}${other.startedAt} 0`;
}

function freeSpace({ reportsFull }: Volume) {
  return { bavail: reportsFull ? 1000 : 100_000_000, bsize: 4096, type: 0 };
}
