import { Buffer } from "node:buffer";
import { readFile } from "node:fs/promises";
import { writeOutput } from "../output/write-output.ts";
import { sha256 } from "./sha256.ts";

/** Which rows a manifest had when it was run last: the journal keeps those of every run. */
interface LastRows {
  readonly manifestSha256: string;
  /** What its rows are known by. */
  readonly keys: readonly string[];
}

/** Writes down the rows of the run that begins. */
export async function rememberRows(file: string, manifest: string, keys: readonly string[]): Promise<void> {
  const rows: LastRows = { manifestSha256: await hashOf(manifest), keys };
  await writeOutput(file, [Buffer.from(JSON.stringify(rows))], { force: true });
}

/** Reads the rows of the last run, and whether the manifest has changed since; undefined when nobody wrote them down. */
export async function readLastRows(
  file: string,
  manifest: string,
): Promise<{ readonly keys: ReadonlySet<string>; readonly isChanged: boolean } | undefined> {
  let rows: LastRows;
  try {
    // This program wrote it, whole.
    rows = JSON.parse(await readFile(file, "utf8")) as LastRows;
  } catch {
    return undefined;
  }
  return { keys: new Set(rows.keys), isChanged: rows.manifestSha256 !== (await hashOf(manifest)) };
}

async function hashOf(manifest: string): Promise<string> {
  return sha256(await readFile(manifest, "utf8"));
}
