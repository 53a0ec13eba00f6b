import path from "node:path";
import type { SavedFile } from "./journal-entry.ts";
import type { System } from "./system.ts";

/** A saved edit, by its request key. */
export interface SavedEdit {
  readonly request: string;
  readonly id: string;
  readonly at: string;
  readonly files: readonly SavedFile[];
  /** The images come from a broken response. */
  readonly isRescued?: boolean | undefined;
}

/**
 * Which requests were saved, and where. It only informs: a request that is not in it is sent. One file for each first two
 * digits of the request key, so that a look-up reads a 256th of it.
 */
export interface SavedIndex {
  /** @throws what the disk says, once it has tried every directory. */
  add(edit: SavedEdit): Promise<void>;
  /** Finds the saved edits of a request, oldest first. */
  find(request: string): Promise<SavedEdit[]>;
  /**
   * Returns a function that finds edits of a request which are added from now on to the first of several directories, that
   * beside a manifest. By the lengths of its files, because the clocks of two machines differ.
   */
  watch(): Promise<FindAdded>;
}

/** Finds the saved edits of a request that were added since. */
export type FindAdded = (request: string) => Promise<SavedEdit[]>;

/** Opens the index below directories; an edit is added to all of them. */
export function openSavedIndex(directories: readonly string[], { files }: Pick<System, "files">): SavedIndex {
  const shardOf = (directory: string, request: string) =>
    path.join(directory, `${request.slice(0, 2)}.jsonl`);
  return {
    async add(edit) {
      const failures: unknown[] = [];
      for (const directory of directories) {
        const file = shardOf(directory, edit.request);
        // A line break first: a crash may have cut the line before.
        const append = () => files.appendFile(file, `\n${JSON.stringify(edit)}\n`);
        await append()
          .catch(async () => {
            await files.makeDirectory(directory);
            await append();
          })
          .catch((error: unknown) => failures.push(error));
      }
      if (failures.length > 0) throw failures[0];
    },
    async find(request) {
      const found = new Map<string, SavedEdit>();
      for (const directory of directories) {
        const bytes = await files.readFile(shardOf(directory, request)).catch(() => Buffer.alloc(0));
        for (const edit of linesWith(bytes, request)) found.set(edit.id, edit);
      }
      return [...found.values()];
    },
    async watch() {
      const [directory = "", own] = directories;
      // Without a directory of its own, the manifest has no other machines.
      if (own === undefined) return async () => [];
      const lengths = new Map<string, number>();
      for (const name of await files.readdir(directory).catch(() => [])) {
        const file = path.join(directory, name);
        const info = await files.stat(file).catch(() => undefined);
        if (info !== undefined) lengths.set(file, info.size);
      }
      return async (request) => {
        const file = shardOf(directory, request);
        const bytes = await files.readFile(file).catch(() => Buffer.alloc(0));
        return [...linesWith(bytes.subarray(lengths.get(file) ?? 0), request)];
      };
    },
  };
}

function* linesWith(bytes: Buffer, request: string): Generator<SavedEdit> {
  const marker = Buffer.from(JSON.stringify(request));
  for (let at = bytes.indexOf(marker); at !== -1; at = bytes.indexOf(marker, at + 1)) {
    const start = bytes.lastIndexOf(10, at) + 1;
    const end = bytes.indexOf(10, at);
    try {
      const value = JSON.parse(bytes.toString("utf8", start, end === -1 ? bytes.length : end)) as SavedEdit;
      if (value.request === request) yield value;
    } catch {
      // A crash cut the line.
    }
  }
}
