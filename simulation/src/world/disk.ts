import path from "node:path";

/** A file: what programs see, and what is left of it after a crash of the machine. */
export interface FileNode {
  readonly kind: "file";
  readonly ino: number;
  readonly volume: Volume;
  /** Replaced, never changed, by each write. */
  data: Buffer;
  /** The contents that were synced. */
  synced: Buffer | undefined;
  mtimeMs: number;
  mode: number;
}

/** A change of one directory that a file system makes completely or not at all. */
type Change = readonly (readonly [name: string, node: DiskNode | undefined])[];

/** A directory: its entries, those that were synced, and what happened since. */
export interface DirectoryNode {
  readonly kind: "directory";
  readonly ino: number;
  readonly volume: Volume;
  readonly entries: Map<string, DiskNode>;
  readonly synced: Map<string, DiskNode>;
  unsynced: Change[];
  mtimeMs: number;
  mode: number;
}

export type DiskNode = FileNode | DirectoryNode;

/** A file system with its own clock, and room that can run out. */
export interface Volume {
  readonly root: DirectoryNode;
  /** Nodes created so far. */
  count: number;
  readonly nowMs: () => number;
  isFull: boolean;
  /** Whether it says so when it is asked for its free space. */
  reportsFull: boolean;
}

export class SystemError extends Error {
  readonly code: string;
  readonly syscall: string;

  constructor(code: string, syscall: string, file: string) {
    // A story expects thousands of them, and shows the stack of none.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(`${code}: ${syscall} '${file}'`);
    Error.stackTraceLimit = stackTraceLimit;
    this.code = code;
    this.syscall = syscall;
  }
}

export function createFile(volume: Volume, mode: number): FileNode {
  const mtimeMs = volume.nowMs();
  return {
    kind: "file",
    ino: ++volume.count,
    volume,
    data: Buffer.alloc(0),
    synced: undefined,
    mtimeMs,
    mode,
  };
}

function createDirectory(volume: Volume, mode: number): DirectoryNode {
  const node = {
    kind: "directory",
    ino: ++volume.count,
    volume,
    unsynced: [],
    mtimeMs: volume.nowMs(),
    mode,
  } as const;
  return { ...node, unsynced: [], entries: new Map(), synced: new Map() };
}

export function createVolume(nowMs: () => number): Volume {
  const volume = { count: 0, nowMs, isFull: false, reportsFull: false } as Volume & { root: DirectoryNode };
  volume.root = createDirectory(volume, 0o755);
  return volume;
}

/** The directory tree that a machine sees: volumes, each below a name of the root. */
export class Tree {
  readonly volumes: ReadonlyMap<string, Volume>;

  constructor(volumes: ReadonlyMap<string, Volume>) {
    this.volumes = volumes;
  }

  /** Finds a node; undefined if there is none. */
  find(file: string, syscall = "stat"): DiskNode | undefined {
    const names = file.split("/");
    let node: DiskNode | undefined = this.volumes.get(names[1] ?? "")?.root;
    for (let index = 2; index < names.length; index++) {
      const name = names[index] as string; // inside the list
      if (name === "") continue;
      if (node === undefined) return undefined;
      if (node.kind === "file") throw new SystemError("ENOTDIR", syscall, file);
      node = node.entries.get(name);
    }
    return node;
  }

  get(file: string, syscall: string): DiskNode {
    const node = this.find(file, syscall);
    if (node === undefined) throw new SystemError("ENOENT", syscall, file);
    return node;
  }

  file(file: string, syscall: string): FileNode {
    const node = this.get(file, syscall);
    if (node.kind === "directory") throw new SystemError("EISDIR", syscall, file);
    return node;
  }

  directory(file: string, syscall: string): DirectoryNode {
    const node = this.get(file, syscall);
    if (node.kind === "file") throw new SystemError("ENOTDIR", syscall, file);
    return node;
  }

  parent(file: string, syscall: string): DirectoryNode {
    return this.directory(path.dirname(file), syscall);
  }

  add(file: string, node: DiskNode, syscall: string): void {
    change(this.parent(file, syscall), [[path.basename(file), node]]);
  }

  makeDirectory(file: string, mode: number): void {
    const parent = this.parent(file, "mkdir");
    if (parent.entries.has(path.basename(file))) throw new SystemError("EEXIST", "mkdir", file);
    change(parent, [[path.basename(file), createDirectory(parent.volume, mode)]]);
  }

  removeDirectory(file: string): void {
    const { entries } = this.directory(file, "rmdir");
    if (entries.size > 0) throw new SystemError("ENOTEMPTY", "rmdir", file);
    change(this.parent(file, "rmdir"), [[path.basename(file), undefined]]);
  }

  remove(file: string, syscall: string): void {
    this.get(file, syscall);
    change(this.parent(file, syscall), [[path.basename(file), undefined]]);
  }

  rename(from: string, to: string): void {
    const node = this.get(from, "rename");
    const [source, target] = [this.parent(from, "rename"), this.parent(to, "rename")];
    if (source.volume !== target.volume) throw new SystemError("EXDEV", "rename", to);
    const removal = [path.basename(from), undefined] as const;
    const addition = [path.basename(to), node] as const;
    if (from === to) return;
    if (source === target) change(source, [removal, addition]);
    else {
      change(target, [addition]);
      change(source, [removal]);
    }
  }

  /** Returns the paths of all files below a directory. */
  *walk(directory: string): Generator<readonly [string, FileNode]> {
    const node = this.find(directory);
    if (node?.kind !== "directory") return;
    for (const [name, child] of node.entries) {
      const file = path.join(directory, name);
      if (child.kind === "file") yield [file, child];
      else yield* this.walk(file);
    }
  }
}

function change(directory: DirectoryNode, entries: Change): void {
  for (const [name, node] of entries) set(directory.entries, name, node);
  directory.unsynced.push(entries);
  directory.mtimeMs = directory.volume.nowMs();
}

/** Sets or removes an entry. */
export function set(entries: Map<string, DiskNode>, name: string, node: DiskNode | undefined): void {
  if (node === undefined) entries.delete(name);
  else entries.set(name, node);
}
