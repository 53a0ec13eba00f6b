import { Buffer } from "node:buffer";
import { hash } from "node:crypto";
import { readFile, realpath } from "node:fs/promises";
import path from "node:path";
import { writeOutput } from "../output/write-output.ts";
import { stateDirectory } from "./state-directory.ts";

/** Paths of the state of a manifest's runs. */
export interface BatchFiles {
  readonly directory: string;
  readonly journal: string;
  readonly lock: string;
  /** Path of the rows of the last run. */
  readonly rows: string;
  response(key: string): string;
}

/** Returns the directory of all batches. */
export function batchesDirectory(): string {
  return path.join(stateDirectory(), "batches");
}

/** Returns the paths of one manifest. Runs against the mock have their own, so that a real run skips no row. */
export async function batchFiles(manifest: string, isMock: boolean): Promise<BatchFiles> {
  const absolute = await realpath(manifest).catch(() => path.resolve(manifest));
  const name = `${path
    .basename(absolute)
    .replace(/[^\w.-]+/g, "_")
    .slice(0, 40)}-${hash("sha256", absolute).slice(0, 16)}`;
  const directory = path.join(batchesDirectory(), isMock ? `${name}.mock` : name);
  return {
    directory,
    journal: path.join(directory, "journal.jsonl"),
    lock: path.join(directory, "lock"),
    rows: path.join(directory, "rows.json"),
    response: (key) => path.join(directory, `${key}.answer`),
  };
}

/** Rows of the last run of a manifest. The journal has those of every run. */
interface LastRows {
  readonly manifestSha256: string;
  /** The row keys. */
  readonly keys: readonly string[];
}

/** Stores the rows of a run that starts. */
export async function storeRows(file: string, manifest: string, keys: readonly string[]): Promise<void> {
  const rows: LastRows = { manifestSha256: await hashOf(manifest), keys };
  await writeOutput(file, [Buffer.from(JSON.stringify(rows))], { force: true });
}

/** Reads the rows of the last run and whether the manifest has changed since. Undefined if none were stored. */
export async function readLastRows(
  file: string,
  manifest: string,
): Promise<{ readonly keys: ReadonlySet<string>; readonly isChanged: boolean } | undefined> {
  let rows: LastRows;
  try {
    // This program wrote the file atomically.
    rows = JSON.parse(await readFile(file, "utf8")) as LastRows;
  } catch {
    return undefined;
  }
  return { keys: new Set(rows.keys), isChanged: rows.manifestSha256 !== (await hashOf(manifest)) };
}

async function hashOf(manifest: string): Promise<string> {
  return hash("sha256", await readFile(manifest, "utf8"));
}
