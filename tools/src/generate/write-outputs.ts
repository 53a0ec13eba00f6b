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
 * cannot be renamed, those before it get their old content back. A journal says how far this came, so that the next run
 * finishes what a killed one has begun: see {@link finishWriting}.
 */
export async function writeOutputs(outDir: string, outputs: ReadonlyMap<string, string>): Promise<void> {
  if (outputs.size === 0) return;
  const suffix = `.${randomUUID()}.tmp`;
  const paths = [...outputs.keys()];
  const targets = paths.map((path) => join(outDir, path));
  await saveJournal(outDir, { state: "preparing", suffix, paths });
  try {
    for (const [path, text] of outputs) {
      const target = join(outDir, path);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target + suffix, text);
    }
    const old = await Promise.all(targets.map(readOld));
    await saveJournal(outDir, { state: "renaming", suffix, paths });
    let renamed = 0;
    try {
      for (const target of targets) {
        await rename(target + suffix, target);
        renamed += 1;
      }
    } catch (error) {
      await saveJournal(outDir, { state: "restoring", suffix, paths });
      for (const [index, target] of targets.slice(0, renamed).entries()) await restore(target, old[index]);
      throw error;
    }
  } finally {
    for (const target of targets) await removeTemporary(target + suffix);
    await rm(join(outDir, journalPath), { force: true });
  }
}

/** How far a run came with its files. */
interface Journal {
  state: "preparing" | "renaming" | "restoring";
  /** The end of the names of the temporary files. */
  suffix: string;
  paths: string[];
}

const journalPath = "node_modules/.cache/retouch-writing.json";

/**
 * Finishes what a run that was killed has begun to write: once all temporary files are complete, the rest of them is renamed;
 * before that, they are removed.
 *
 * @param check Changes nothing, and reports such a run instead.
 * @throws Error that says what to do.
 */
export async function finishWriting(outDir: string, { check }: { check: boolean }): Promise<void> {
  const journal = await readJournal(outDir);
  if (journal === undefined) return;
  const { state, suffix, paths } = journal;
  const files = `${paths.length} files`;
  if (state === "restoring")
    throw new Error(
      `A run was stopped while it put back ${files}, which are now a mixture. Restore them with git (${paths.join(", ")}), ` +
        `and remove ${journalPath}.`,
    );
  if (check)
    throw new Error(
      `A run was stopped while it wrote ${files}: some are old, some are new. Run \`pnpm generate\`, which finishes it.`,
    );
  for (const target of paths.map((path) => join(outDir, path))) {
    if (state === "preparing") await removeTemporary(target + suffix);
    else
      await rename(target + suffix, target).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOENT") throw error; // renamed before the run was stopped
      });
  }
  await rm(join(outDir, journalPath), { force: true });
}

async function removeTemporary(file: string): Promise<void> {
  await rm(file, { force: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOTDIR") throw error; // nothing is below a file
  });
}

/** Replaces the journal as a whole, so that no half of one is ever read. */
async function saveJournal(outDir: string, journal: Journal): Promise<void> {
  const file = join(outDir, journalPath);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.tmp`, JSON.stringify(journal));
  await rename(`${file}.tmp`, file);
}

async function readJournal(outDir: string): Promise<Journal | undefined> {
  try {
    return JSON.parse(await readFile(join(outDir, journalPath), "utf8")) as Journal; // written by `saveJournal` alone
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw new Error(`${journalPath} cannot be read. Compare the generated files with git, then remove it.`, {
      cause: error,
    });
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
