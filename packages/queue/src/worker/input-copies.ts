import path from "node:path";
import { removeFile, type System } from "@retouch/cli/journal";
import type { Storage } from "../storage/storage.ts";

/** Inputs of a storage as local files below one directory, under their names: output templates repeat their folders. */
export interface Inputs {
  readonly directory: string;
  /** Makes an input readable until it is released as often as it was acquired. */
  acquire(name: string, signal: AbortSignal): Promise<void>;
  release(name: string): Promise<void>;
}

/** Creates the inputs of a worker; those of a storage that makes copies are in `directory`, each once. */
export function createInputs(storage: Storage, directory: string, system: System): Inputs {
  if (storage.directory !== undefined) {
    return {
      directory: storage.directory,
      acquire: async (name, signal) => void (await storage.fetchInput(name, signal)),
      release: async () => undefined,
    };
  }
  const { files } = system;
  const known = new Map<string, { users: number; readonly copying: Promise<void> }>();

  async function copy(name: string): Promise<void> {
    const file = await storage.fetchInput(name);
    const target = path.join(directory, name);
    try {
      await files.makeDirectory(path.dirname(target), 0o700);
      // A worker that was killed may have left another version.
      await removeFile(target, system);
      await files.copyFile(file, target);
    } finally {
      await storage.release(file);
    }
  }

  return {
    directory,
    async acquire(name) {
      const shared = known.get(name) ?? { users: 0, copying: copy(name) };
      known.set(name, shared);
      shared.users++;
      try {
        await shared.copying;
      } catch (error) {
        if (known.get(name) === shared) known.delete(name);
        throw error;
      }
    },
    async release(name) {
      const shared = known.get(name);
      if (shared === undefined || --shared.users > 0) return;
      known.delete(name);
      await removeFile(path.join(directory, name), system);
    },
  };
}
