import path from "node:path";
import { hashFile } from "./request-key.ts";
import type { Files, System } from "./system.ts";

/** The images that this program wrote, by their bytes: whatever their names are now, and wherever they are. */
export interface OwnOutputs {
  /** Adds files. A failure is ignored: such an image is only taken for a photo. */
  add(files: readonly { readonly byteLength: number; readonly sha256: string }[]): Promise<void>;
  /** Returns whether a file holds the bytes of one of them. */
  has(file: string): Promise<boolean>;
}

const lineBreak = Buffer.from("\n");

/**
 * Opens the index in directories of saved edits; a file is added to all of them. A line is a size and a hash, and files are
 * distributed by their size, so that only photos of the size of an output are hashed.
 */
export function openOwnOutputs(directories: readonly string[], { files }: Pick<System, "files">): OwnOutputs {
  const roots = directories.map((directory) => path.join(directory, "outputs"));
  const shardOf = (byteLength: number) => `${(byteLength % 256).toString(16).padStart(2, "0")}.txt`;
  const known = new Map<string, Promise<Shard>>();

  function shardWith(byteLength: number): Promise<Shard> {
    const name = shardOf(byteLength);
    const reading = known.get(name) ?? readShard(roots, name, files);
    known.set(name, reading);
    return reading;
  }

  return {
    async add(added) {
      for (const { byteLength, sha256 } of added) {
        // An image that another program has removed meanwhile.
        if (sha256 === "") continue;
        const shard = shardOf(byteLength);
        for (const root of roots) {
          // A line break first: a crash may have cut the line before.
          const append = () => files.appendFile(path.join(root, shard), `\n${byteLength} ${sha256}\n`);
          await append()
            .catch(async () => {
              await files.makeDirectory(root);
              await append();
            })
            .catch(() => undefined);
        }
        known.delete(shard);
      }
    },
    async has(file) {
      try {
        const info = await files.stat(file);
        // Opening a pipe without a writer would wait forever, even beyond the end of the program.
        if (!info.isFile()) return false;
        const { size } = info;
        const { sizes, lines } = await shardWith(size);
        return sizes.has(size) && lines.includes(`\n${size} ${await hashFile(file, files)}\n`);
      } catch {
        // Preflight reports a file that cannot be read.
        return false;
      }
    },
  };
}

/** A shard in memory: sizes to look a photo up by, and the lines that only one of such a size is compared with. */
interface Shard {
  readonly sizes: ReadonlySet<number>;
  readonly lines: Buffer;
}

async function readShard(roots: readonly string[], name: string, files: Files): Promise<Shard> {
  const parts: Buffer[] = [];
  for (const root of roots) {
    const part = await files.readFile(path.join(root, name)).catch(() => undefined);
    if (part !== undefined) parts.push(lineBreak, part);
  }
  const lines = Buffer.concat([...parts, lineBreak]);
  const sizes = lines
    .toString("latin1")
    .split("\n")
    .map((line) => Number.parseInt(line, 10));
  return { sizes: new Set(sizes), lines };
}
