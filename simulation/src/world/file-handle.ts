import { sync } from "./crash.ts";
import { type DiskNode, type FileNode, SystemError } from "./disk.ts";
import type { SimProcess } from "./sim-process.ts";

/** Returns an open file: it stays the same file when its name goes to another. */
export function createHandle(process: SimProcess, node: FileNode, isAppending: boolean) {
  const call = process.call.bind(process);
  let cursor = 0;
  let isOpen = true;
  const check = (): FileNode => {
    if (!isOpen) throw new SystemError("EBADF", "file handle", String(node.ino));
    return node;
  };
  const place = (bytes: Buffer, given: number | null | undefined): number => {
    check();
    const position = isAppending ? node.data.length : (given ?? cursor);
    if (given === undefined || given === null) cursor = position + bytes.length;
    const { data } = node;
    if (position === data.length) write(node, Buffer.concat([data, bytes]));
    else {
      const grown = Buffer.alloc(Math.max(data.length, position + bytes.length));
      data.copy(grown);
      bytes.copy(grown, position);
      write(node, grown);
    }
    return bytes.length;
  };
  const flush = () =>
    call(() => {
      check();
      sync(node);
    }, process.machine.world.syncMs(process.random));
  return {
    fd: node.ino,
    get size() {
      return node.data.length;
    },
    sync: flush,
    datasync: flush,
    stat: (options?: { bigint?: boolean }) => call(() => statsOf(check(), options)),
    async read(
      buffer: Uint8Array,
      offset = 0,
      length = buffer.length - offset,
      position: number | null = null,
    ) {
      return call(() => {
        check();
        const start = position ?? cursor;
        const bytes = node.data.subarray(start, start + length);
        buffer.set(bytes, offset);
        if (position === null) cursor = start + bytes.length;
        return { bytesRead: bytes.length, buffer };
      });
    },
    async write(
      data: Uint8Array | string,
      second?: number | null,
      length?: number,
      position?: number | null,
    ) {
      const isText = typeof data === "string";
      return call(() => {
        const bytes = isText
          ? Buffer.from(data)
          : Buffer.from(data).subarray(second ?? 0, length && (second ?? 0) + length);
        return { bytesWritten: place(bytes, isText ? second : position), buffer: data };
      });
    },
    async writev(chunks: readonly Uint8Array[], position?: number | null) {
      return call(() => ({ bytesWritten: place(Buffer.concat(chunks), position), buffers: chunks }));
    },
    writeFile: (data: Uint8Array | string) => call(() => void place(Buffer.from(data as string), undefined)),
    appendFile: (data: Uint8Array | string) => call(() => void place(Buffer.from(data as string), undefined)),
    readFile: (options?: string | { encoding?: string }) => call(() => decode(check().data, options)),
    truncate: (length = 0) => call(() => write(node, node.data.subarray(0, length))),
    close: () =>
      call(() => {
        isOpen = false;
      }),
  };
}

/** Replaces the contents of a file. A full volume takes only a part of what is new. */
export function write(node: FileNode, data: Buffer): void {
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

/** Returns bytes, or text if there is an encoding. */
export function decode(data: Buffer, options?: string | { encoding?: string }): Buffer | string {
  const encoding = typeof options === "string" ? options : options?.encoding;
  return encoding === undefined ? Buffer.from(data) : data.toString(encoding as BufferEncoding);
}

/** Returns the methods that say what a node is. */
export function kindOf(node: DiskNode) {
  const [isFile, isDirectory, no] = [
    () => node.kind === "file",
    () => node.kind === "directory",
    () => false,
  ];
  return {
    isFile,
    isDirectory,
    isFIFO: no,
    isCharacterDevice: no,
    isBlockDevice: no,
    isSymbolicLink: no,
    isSocket: no,
  };
}

/** Returns what `stat` says of a node. */
export function statsOf(node: DiskNode, { bigint = false } = {}) {
  const size = node.kind === "file" ? node.data.length : 4096;
  const { ino, mtimeMs, mode } = node;
  const rest = { mode, dev: 1, mtime: new Date(mtimeMs), ...kindOf(node) };
  if (!bigint) return { size, ino, mtimeMs, ...rest };
  return {
    ...rest,
    size: BigInt(size),
    ino: BigInt(ino),
    mtimeNs: BigInt(Math.round(mtimeMs * 1000)) * 1000n,
  };
}
