import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, realpath, stat } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import {
  CliError,
  findEscape,
  nodeSystem,
  removeStaleTemporaries,
  usageError,
  writeTemporary,
} from "@retouch/cli/journal";
import { nodeFiles, renameIfFree } from "@retouch/client/node";
import type { Storage } from "./storage.ts";
import { fileUnreadable, notStored, outputExists } from "./storage-errors.ts";
import { invalidName, normalizeName } from "./storage-name.ts";

/** Codes of a file system that cannot have a name. */
const namesRefused: readonly (string | undefined)[] = ["EINVAL", "EILSEQ", "ENAMETOOLONG"];

/**
 * Creates a storage in a folder that all machines mount under the same or another path. Inputs are read where they are;
 * images are complete and on the disk once they have their names.
 */
export function folderStorage(directory: string): Storage {
  const root = path.resolve(directory);
  /** Folders in which nothing is left of writers that were killed. */
  const swept = new Set<string>();

  /** Returns the path of a name, unless a symbolic link on the way to it leads outside. */
  async function locate(name: string): Promise<string> {
    const file = path.join(root, normalizeName(name, root));
    const outside = await findEscape(file, root, nodeSystem.files);
    if (outside !== undefined) throw invalidName(name, root, `a link leads to ${outside}`);
    return file;
  }

  return {
    name: root,
    directory: root,

    async check(signal) {
      signal?.throwIfAborted();
      try {
        // Not created: a share that is not mounted is an empty place on this machine's disk.
        if (!(await stat(root)).isDirectory()) throw unusable(root, "it is not a folder");
        await writeTemporary(root, [new Uint8Array(512)], async () => undefined, nodeSystem);
      } catch (error) {
        throw error instanceof CliError ? error : unusable(root, codeOf(error) ?? String(error), error);
      }
    },

    async fetchInput(name, signal) {
      signal?.throwIfAborted();
      const file = await locate(name);
      try {
        const [from, real] = await Promise.all([realpath(root), realpath(file)]);
        if (!real.startsWith(from.endsWith(path.sep) ? from : from + path.sep))
          throw invalidName(name, root, `a link leads to ${real}`);
        if ((await stat(file)).isFile()) return file;
      } catch (error) {
        throw error instanceof CliError ? error : fileUnreadable(name, root, codeOf(error), error);
      }
      throw fileUnreadable(name, root, "not_a_file");
    },

    // What `fetchInput` returns is the input itself.
    async release() {},

    async put(name, file, { force, signal }) {
      signal?.throwIfAborted();
      const target = await locate(name);
      const folder = path.dirname(target);
      try {
        await stat(root);
        await nodeFiles.makeDirectory(folder);
        if (!swept.has(folder)) await removeStaleTemporaries(folder, nodeSystem);
        swept.add(folder);
        await writeTemporary(
          folder,
          createReadStream(file, signal === undefined ? {} : { signal }),
          async (temporary) => {
            if (force) {
              await nodeFiles.rename(temporary, target);
              await nodeFiles.syncDirectory(folder);
              return;
            }
            if (await renameIfFree(temporary, target)) return;
            // A worker that was killed right after it stored the same image.
            if (!(await haveSameBytes(temporary, target))) throw outputExists(name, root);
          },
          nodeSystem,
        );
      } catch (error) {
        if (error instanceof CliError || signal?.aborted) throw error;
        if (namesRefused.includes(codeOf(error)))
          throw invalidName(name, root, `the file system refuses the name (${codeOf(error)})`, error);
        throw notStored(name, root, codeOf(error) ?? String(error), error);
      }
    },

    async exists(name) {
      const file = await locate(name);
      try {
        await lstat(file);
        return true;
      } catch (error) {
        const code = codeOf(error);
        if (code === "ENOENT" || code === "ENOTDIR") return false;
        throw fileUnreadable(name, root, code, error);
      }
    },
  };
}

function unusable(root: string, why: string, cause?: unknown): CliError {
  const hint = why === "ENOENT" ? "Create it, or mount it" : "Correct that, or give another folder";
  return usageError(
    `Images cannot be stored in ${root}: ${why}. Nothing was sent. ${hint}.`,
    undefined,
    cause,
  );
}

/** Returns whether two files have the same bytes; a link is not a file. */
async function haveSameBytes(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([lstat(one), lstat(other)]);
  if (!b.isFile() || a.size !== b.size) return false;
  const [sum, otherSum] = await Promise.all([checksum(one), checksum(other)]);
  return sum === otherSum;
}

async function checksum(file: string): Promise<string> {
  const sum = createHash("sha256");
  await pipeline(createReadStream(file), sum);
  return sum.digest("hex");
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}
