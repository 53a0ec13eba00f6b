import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Returns the outputs that are missing or differ on disk. */
export async function findStale(outDir: string, outputs: ReadonlyMap<string, string>): Promise<string[]> {
  const stale: string[] = [];
  for (const [path, text] of outputs) {
    const seen = await readFile(join(outDir, path)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
    if (!seen?.equals(Buffer.from(text))) stale.push(path);
  }
  return stale;
}

/**
 * Writes all files or none: each goes to a temporary file next to its target, and all are renamed at the end. When one
 * cannot be renamed, those before it get their old content back.
 */
export async function writeOutputs(outDir: string, outputs: ReadonlyMap<string, string>): Promise<void> {
  const suffix = `.${randomUUID()}.tmp`;
  const targets = [...outputs.keys()].map((path) => join(outDir, path));
  try {
    for (const [path, text] of outputs) {
      const target = join(outDir, path);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target + suffix, text);
    }
    const old = await Promise.all(targets.map(readOld));
    let renamed = 0;
    try {
      for (const target of targets) {
        await rename(target + suffix, target);
        renamed += 1;
      }
    } catch (error) {
      for (const [index, target] of targets.slice(0, renamed).entries()) await restore(target, old[index]);
      throw error;
    }
  } finally {
    for (const target of targets) await rm(target + suffix, { force: true });
  }
}

/** Returns a file's bytes; undefined when it does not exist, or is not a file. */
async function readOld(target: string): Promise<Buffer | undefined> {
  return readFile(target).catch(() => undefined); // a target that is not a file fails when it is renamed to
}

async function restore(target: string, bytes: Buffer | undefined): Promise<void> {
  if (bytes === undefined) await rm(target, { force: true });
  else await writeFile(target, bytes);
}
