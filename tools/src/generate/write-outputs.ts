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
 * Writes all files or none: each goes to a temporary file next to its target, and all are renamed at the end.
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
    for (const target of targets) await rename(target + suffix, target);
  } finally {
    for (const target of targets) await rm(target + suffix, { force: true });
  }
}
