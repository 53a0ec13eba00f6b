import path from "node:path";
import { removeFile, type System } from "@retouch/cli/journal";
import type { Storage } from "../storage/storage.ts";

/** Inputs of a storage as local files below one directory, under their names: output templates repeat their folders. */
export interface Inputs {
  readonly directory: string;
  /** Makes an input readable until it is released as often as it was acquired. Returns whether it was here already. */
  acquire(name: string, signal: AbortSignal): Promise<boolean>;
  release(name: string): Promise<void>;
  /** Makes a file of the storage readable until the storage releases it. */
  download(name: string): Promise<string>;
  /** Removes an input that no row uses: what the storage has may be newer. */
  forget(name: string): Promise<void>;
  /** Removes all copies. */
  close(): Promise<void>;
}

interface Copy {
  users: number;
  byteLength: number;
  readonly copying: Promise<void>;
}

/** Directory of downloads that are not complete. */
const scratchName = ".retouch-downloads";

/** What is kept of inputs that no row uses: a mask or a reference of many rows is downloaded once. */
const keptBytes = 256 * 2 ** 20;
const keptFiles = 64;

/** Creates the inputs of a worker; those of a storage that makes copies are in `directory`, each once. */
export function createInputs(storage: Storage, directory: string, system: System): Inputs {
  if (storage.directory !== undefined) {
    return {
      directory: storage.directory,
      acquire: async (name, signal) => {
        await storage.fetchInput(name, signal);
        return false;
      },
      release: async () => undefined,
      download: (name) => storage.fetchInput(name),
      forget: async () => undefined,
      close: async () => undefined,
    };
  }
  const { files } = system;
  const scratch = path.join(directory, scratchName);
  /** Those that were released last are the last ones. */
  const known = new Map<string, Copy>();
  /** A copy that is being removed must be gone before the next one of its name is made. */
  const removing = new Map<string, Promise<unknown>>();

  async function download(name: string): Promise<string> {
    await files.makeDirectory(scratch, 0o700);
    return storage.fetchInput(name, undefined, scratch);
  }

  async function copy(name: string): Promise<number> {
    await removing.get(name);
    const file = await download(name);
    const target = path.join(directory, name);
    try {
      await files.makeDirectory(path.dirname(target), 0o700);
      await removeFile(target, system);
      await files.copyFile(file, target);
      return (await files.stat(target)).size;
    } finally {
      await storage.release(file);
    }
  }

  function start(name: string): Copy {
    const sizing = copy(name);
    const copying = sizing.then((size) => {
      entry.byteLength = size;
    });
    const entry: Copy = { users: 0, byteLength: 0, copying };
    return entry;
  }

  function remove(name: string): Promise<unknown> {
    known.delete(name);
    const removal = removeFile(path.join(directory, name), system).finally(() => removing.delete(name));
    removing.set(name, removal);
    return removal;
  }

  async function removeOldest(): Promise<void> {
    const idle = [...known].filter(([, { users }]) => users === 0);
    let bytes = idle.reduce((sum, [, { byteLength }]) => sum + byteLength, 0);
    let left = idle.length;
    for (const [name, { byteLength }] of idle) {
      if (bytes <= keptBytes && left <= keptFiles) return;
      bytes -= byteLength;
      left--;
      await remove(name);
    }
  }

  return {
    directory,
    async acquire(name) {
      const before = known.get(name);
      const shared = before ?? start(name);
      known.set(name, shared);
      shared.users++;
      try {
        await shared.copying;
        return before !== undefined;
      } catch (error) {
        if (known.get(name) === shared) known.delete(name);
        throw error;
      }
    },
    async release(name) {
      const shared = known.get(name);
      if (shared === undefined || --shared.users > 0) return;
      known.delete(name);
      known.set(name, shared);
      await removeOldest();
    },
    download,
    async forget(name) {
      if (known.get(name)?.users === 0) await remove(name);
    },
    async close() {
      for (const name of [...known.keys()]) await remove(name).catch(() => undefined);
      await files.rmdir(scratch).catch(() => undefined);
    },
  };
}

/** Removes the copies and downloads that a killed worker has left. */
export async function removeLeftInputs(directory: string, system: System): Promise<void> {
  const names = await system.files.readdir(directory).catch(() => []);
  for (const name of names) {
    const full = path.join(directory, name);
    const isDirectory = system.files.lstatSync(full, { throwIfNoEntry: false })?.isDirectory() === true;
    if (isDirectory) {
      await removeLeftInputs(full, system);
      await system.files.rmdir(full).catch(() => undefined);
    } else await removeFile(full, system).catch(() => undefined);
  }
}
