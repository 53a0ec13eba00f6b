import path from "node:path";
import { Readable } from "node:stream";
import {
  createFile,
  type DiskNode,
  type FileNode,
  sync,
  SystemError,
  type Volume,
} from "./disk.ts";
import type { SimProcess } from "./sim-process.ts";

const constants = { O_RDONLY: 0, O_NONBLOCK: 2048, F_OK: 0, R_OK: 4, W_OK: 2, COPYFILE_EXCL: 1 };

type Options = { readonly mode?: number; readonly flag?: string } | string | undefined;

/** Returns `node:fs/promises` as a process sees it: every call is a step. */
export function createFilePromises(process: SimProcess) {
  const { tree } = process.machine;
  const at = (file: string | URL): string => absolute(process, String(file));
  const call = process.call.bind(process);

  /** Opens a file at once. */
  function openNow(file: string, flags: string | number, mode: number): FileNode {
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
    const node = await call(() => openNow(at(file), flags, mode));
    return createHandle(process, node, typeof flags === "string" && flags.startsWith("a"));
  };

  const promises = {
    constants,
    open,
    access: (file: string) => call(() => void tree.get(at(file), "access")),
    stat: (file: string, options?: { bigint?: boolean }) =>
      call(() => statsOf(virtualFile(process, file) ?? tree.get(at(file), "stat"), options)),
    lstat: (file: string) => call(() => statsOf(tree.get(at(file), "lstat"))),
    statfs: (file: string) => call(() => freeSpace(tree.get(at(file), "statfs").volume)),
    realpath: (file: string) => call(() => (tree.get(at(file), "realpath"), at(file))),
    readlink: (file: string) =>
      call(() => {
        if (file === "/proc/self/ns/pid") return `pid:[${process.namespace}]`;
        throw new SystemError("EINVAL", "readlink", file);
      }),
    readdir: (file: string, options?: { withFileTypes?: boolean }) => call(() => list(process, at(file), options)),
    readFile: (file: string, options?: string | { encoding?: string }) =>
      call(() => {
        const node = virtualFile(process, file) ?? tree.file(at(file), "read");
        return decode(node.data, options);
      }),
    mkdir: (file: string, options?: { recursive?: boolean; mode?: number }) =>
      call(() => makeDirectories(process, at(file), options)),
    link: (from: string, to: string) =>
      call(() => {
        const node = tree.file(at(from), "link");
        if (tree.find(at(to), "link") !== undefined) throw new SystemError("EEXIST", "link", to);
        tree.add(at(to), node, "link");
      }),
    rename: (from: string, to: string) => call(() => tree.rename(at(from), at(to))),
    unlink: (file: string) => call(() => tree.remove(at(file), "unlink")),
    rm: (file: string, { force = false }: { force?: boolean } = {}) =>
      call(() => {
        if (force && tree.find(at(file)) === undefined) return;
        tree.remove(at(file), "rm");
      }),
    async copyFile(from: string, to: string, mode = 0) {
      const { data } = await call(() => tree.file(at(from), "copyfile"));
      const node = await call(() => openNow(at(to), mode === constants.COPYFILE_EXCL ? "wx" : "w", 0o666));
      await call(() => write(node, data));
    },
    async writeFile(file: string, text: string | Uint8Array, options?: Options) {
      const { mode, flag = "w" } = typeof options === "object" ? options : {};
      const node = await call(() => openNow(at(file), flag, mode ?? 0o666));
      await call(() => write(node, Buffer.from(text as string)));
    },
    async appendFile(file: string, text: string | Uint8Array, options?: Options) {
      const { mode } = typeof options === "object" ? options : {};
      const node = await call(() => openNow(at(file), "a", mode ?? 0o666));
      await call(() => write(node, Buffer.concat([node.data, Buffer.from(text as string)])));
    },
  };
  return promises;
}

/** Returns `node:fs` as a process sees it. Its synchronous calls happen within a step. */
export function createFileCalls(process: SimProcess) {
  const { tree } = process.machine;
  const promises = createFilePromises(process);
  const at = (file: string): string => absolute(process, file);
  type Missing = { throwIfNoEntry?: boolean };
  const statSync = (file: string, { throwIfNoEntry = true }: Missing = {}) => {
    const node = throwIfNoEntry ? tree.get(at(file), "stat") : tree.find(at(file));
    return node && statsOf(node);
  };
  return {
    constants,
    promises,
    statSync,
    lstatSync: statSync,
    existsSync: (file: string) => tree.find(at(file)) !== undefined,
    readdirSync: (file: string, options?: { withFileTypes?: boolean }) => list(process, at(file), options),
    realpathSync: (file: string) => (tree.get(at(file), "realpath"), at(file)),
    readFileSync: (file: string, options?: string | { encoding?: string }) =>
      decode(tree.file(at(file), "read").data, options),
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

/** Returns an open file: it stays the same file when its name goes to another. */
function createHandle(process: SimProcess, node: FileNode, isAppending: boolean) {
  const call = process.call.bind(process);
  let cursor = 0;
  let isOpen = true;
  const check = (): void => {
    if (!isOpen) throw new SystemError("EBADF", "file handle", String(node.ino));
  };
  const place = (bytes: Buffer, given: number | null | undefined): number => {
    check();
    const position = isAppending ? node.data.length : (given ?? cursor);
    if (given === undefined || given === null) cursor = position + bytes.length;
    const grown = Buffer.alloc(Math.max(node.data.length, position + bytes.length));
    node.data.copy(grown);
    bytes.copy(grown, position);
    write(node, grown);
    return bytes.length;
  };
  const flush = () =>
    call(
      () => {
        check();
        sync(node);
      },
      process.machine.world.syncMs(process.random),
    );
  return {
    fd: node.ino,
    get size() {
      return node.data.length;
    },
    sync: flush,
    datasync: flush,
    stat: (options?: { bigint?: boolean }) => call(() => (check(), statsOf(node, options))),
    async read(buffer: Uint8Array, offset = 0, length = buffer.length - offset, position: number | null = null) {
      return call(() => {
        check();
        const start = position ?? cursor;
        const bytes = node.data.subarray(start, start + length);
        buffer.set(bytes, offset);
        if (position === null) cursor = start + bytes.length;
        return { bytesRead: bytes.length, buffer };
      });
    },
    async write(data: Uint8Array | string, second?: number | null, length?: number, position?: number | null) {
      const isText = typeof data === "string";
      return call(() => {
        const bytes = isText ? Buffer.from(data) : Buffer.from(data).subarray(second ?? 0, length && (second ?? 0) + length);
        return { bytesWritten: place(bytes, isText ? second : position), buffer: data };
      });
    },
    async writev(chunks: readonly Uint8Array[], position?: number | null) {
      return call(() => ({ bytesWritten: place(Buffer.concat(chunks), position), buffers: chunks }));
    },
    writeFile: (data: Uint8Array | string) => call(() => void place(Buffer.from(data as string), undefined)),
    appendFile: (data: Uint8Array | string) => call(() => void place(Buffer.from(data as string), undefined)),
    readFile: (options?: string | { encoding?: string }) => call(() => (check(), decode(node.data, options))),
    truncate: (length = 0) => call(() => write(node, node.data.subarray(0, length))),
    close: () =>
      call(() => {
        isOpen = false;
      }),
  };
}

/** Replaces the contents of a file. A full volume takes only a part of what is new. */
function write(node: FileNode, data: Buffer): void {
  const { volume } = node;
  const added = data.length - node.data.length;
  node.mtimeMs = volume.nowMs();
  if (!volume.isFull || added <= 0) {
    node.data = data;
    return;
  }
  node.data = data.subarray(0, node.data.length + Math.floor(added / 3));
  throw new SystemError("ENOSPC", "write", String(node.ino));
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
  if (recursive && path.dirname(file) !== file) first = makeDirectories(process, path.dirname(file), { recursive, mode });
  tree.makeDirectory(file, mode);
  return first ?? file;
}

function decode(data: Buffer, options?: string | { encoding?: string }): Buffer | string {
  const encoding = typeof options === "string" ? options : options?.encoding;
  return encoding === undefined ? Buffer.from(data) : data.toString(encoding as BufferEncoding);
}

function absolute(process: SimProcess, file: string): string {
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

function kindOf(node: DiskNode) {
  const [isFile, isDirectory, no] = [() => node.kind === "file", () => node.kind === "directory", () => false];
  return { isFile, isDirectory, isFIFO: no, isCharacterDevice: no, isBlockDevice: no, isSymbolicLink: no, isSocket: no };
}

function statsOf(node: DiskNode, { bigint = false } = {}) {
  const size = node.kind === "file" ? node.data.length : 4096;
  const { ino, mtimeMs, mode } = node;
  const rest = { mode, dev: 1, mtime: new Date(mtimeMs), ...kindOf(node) };
  if (!bigint) return { size, ino, mtimeMs, ...rest };
  return { ...rest, size: BigInt(size), ino: BigInt(ino), mtimeNs: BigInt(Math.round(mtimeMs * 1000)) * 1000n };
}

function freeSpace({ reportsFull }: Volume) {
  return { bavail: reportsFull ? 1000 : 100_000_000, bsize: 4096, type: 0 };
}
