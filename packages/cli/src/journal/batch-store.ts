import { Buffer } from "node:buffer";
import { hash } from "node:crypto";
import path from "node:path";
import { writeOutput } from "../output/write-output.ts";
import { journalNotWritable } from "./journal.ts";
import { hashFile } from "./request-key.ts";
import { newResponse } from "./responses.ts";
import { claimsDirectory, savedDirectory } from "./state-directory.ts";
import { errorCode, isMissing, type System } from "./system.ts";
import { readLines } from "./tables/read-lines.ts";
import { unreadableState } from "./unreadable-state.ts";

/** Paths of the state of a manifest's runs. */
export interface BatchFiles {
  readonly directory: string;
  readonly journal: string;
  readonly lock: string;
  /** Path of the rows of the last run. */
  readonly rows: string;
  /** The directory beside the manifest; see {@link markManifest}. */
  readonly beside: string;
  /** Returns a path for the response of one more attempt of a row. */
  newResponse(key: string): string;
}

/** Returns the directory of all batches. */
export function batchesDirectory(system: Pick<System, "stateDirectory">): string {
  return path.join(system.stateDirectory, "batches");
}

/** Returns the directory beside a manifest that other machines and state directories share with it. */
export function besideManifest(directory: string): string {
  return path.join(directory, ".retouch");
}

/** What the marker beside a manifest holds. */
interface Marker {
  /** Name of the batch in the state directory. */
  readonly batch: string;
  /** Where the manifest was. */
  readonly manifest: string;
}

/**
 * Returns the paths of one manifest. Runs against the mock have their own, so that a real run skips no row. A manifest
 * that was moved with its folder finds its history by the marker beside it.
 */
export async function batchFiles(manifest: string, isMock: boolean, system: System): Promise<BatchFiles> {
  const absolute = await system.files.realpath(manifest).catch(() => path.resolve(manifest));
  const beside = besideManifest(path.dirname(absolute));
  const marker = await readMarker(markerFile(beside, absolute), system);
  const batch =
    marker !== undefined && (await isMovedFrom(marker, absolute, system)) ? marker.batch : nameOf(absolute);
  const directory = path.join(batchesDirectory(system), isMock ? `${batch}.mock` : batch);
  return {
    directory,
    journal: path.join(directory, "journal.jsonl"),
    lock: path.join(directory, "lock"),
    rows: path.join(directory, "rows.txt"),
    beside,
    newResponse: (key) => newResponse(directory, key, system),
  };
}

function nameOf(manifest: string): string {
  const name = path
    .basename(manifest)
    .replace(/[^\w.-]+/g, "_")
    .slice(0, 40);
  return `${name}-${hash("sha256", manifest).slice(0, 16)}`;
}

function markerFile(beside: string, manifest: string): string {
  return path.join(beside, `${path.basename(manifest)}.marker`);
}

async function readMarker(file: string, { files }: System): Promise<Marker | undefined> {
  try {
    // This program wrote the file atomically.
    return JSON.parse(await files.readFile(file, "utf8")) as Marker;
  } catch (error) {
    if (errorCode(error) === undefined || isMissing(error)) return undefined;
    // The history of a manifest that was moved is found by it: without it, its rows would be sent again.
    throw unreadableState(file, error);
  }
}

/** Returns whether the marker came here with its manifest. If the manifest is still where it was, this one is a copy. */
async function isMovedFrom({ manifest }: Marker, now: string, { files }: System): Promise<boolean> {
  if (manifest === now) return true;
  return files.access(manifest).then(
    () => false,
    () => true,
  );
}

/**
 * Leaves a marker beside the manifest, so that its history moves with it. Returns the directories of claims and of saved
 * requests: those beside the manifest come first, and are absent if its folder cannot be written.
 */
export async function markManifest(
  manifest: string,
  { beside, directory }: BatchFiles,
  system: System,
): Promise<{ readonly claims: string[]; readonly saved: string[] }> {
  const absolute = await system.files.realpath(manifest);
  const batch = path.basename(directory).replace(/\.mock$/, "");
  const marker: Marker = { batch, manifest: absolute };
  const file = markerFile(beside, absolute);
  const known = await readMarker(file, system);
  const isShared = await canCreate(beside, system);
  if (isShared) {
    try {
      if (known?.batch !== batch || known.manifest !== absolute)
        await writeOutput(file, [Buffer.from(JSON.stringify(marker))], { force: true }, system);
    } catch (error) {
      // Other runs may have claims there, which this one could not answer with its own.
      throw journalNotWritable(file, error);
    }
  }
  return markerPlaces({ beside }, isShared, system);
}

/** Returns the directories of claims and of saved requests; those beside the manifest come first. */
export function markerPlaces(
  { beside }: Pick<BatchFiles, "beside">,
  isShared: boolean,
  { stateDirectory }: Pick<System, "stateDirectory">,
): { readonly claims: string[]; readonly saved: string[] } {
  const roots = isShared ? [beside, stateDirectory] : [stateDirectory];
  return { claims: roots.map(claimsDirectory), saved: roots.map(savedDirectory) };
}

/** Creates the directory beside a manifest. Returns false in a read-only folder, which then has no claims of others. */
async function canCreate(beside: string, { files }: System): Promise<boolean> {
  try {
    // Readable for other users of the folder: claims name processes and hashes.
    await files.makeDirectory(beside);
    return true;
  } catch {
    return false;
  }
}

/** The rows of the last run of a manifest. The journal has those of every run. */
export interface LastRows {
  readonly manifest: string;
  readonly manifestSha256: string;
  readonly invalid: number;
}

/** A row of the last run: its key, and its status if the journal does not have it. */
export interface LastRow {
  readonly key: string;
  readonly status?: string | undefined;
}

/** Stores the rows of a run that starts: one line of JSON, and one line for each row. */
export async function storeRows(
  file: string,
  manifest: string,
  last: Omit<LastRows, "manifest" | "manifestSha256">,
  rows: Iterable<LastRow>,
  system: System,
): Promise<void> {
  const header: LastRows = {
    ...last,
    manifest: path.resolve(manifest),
    manifestSha256: await hashFile(manifest, system.files),
  };
  function* chunks(): Generator<Buffer> {
    let lines = `${JSON.stringify(header)}\n`;
    for (const { key, status } of rows) {
      lines += status === undefined ? `${key}\n` : `${key} ${status}\n`;
      if (lines.length < 65_536) continue;
      yield Buffer.from(lines);
      lines = "";
    }
    yield Buffer.from(lines);
  }
  await writeOutput(file, chunks(), { force: true }, system);
}

/** Reads the rows of the last run, and whether the manifest has changed since. Undefined if none were stored. */
export async function readLastRows(
  file: string,
  manifest: string,
  onRow: (row: LastRow) => void,
  { files }: Pick<System, "files">,
): Promise<(LastRows & { readonly isChanged: boolean }) | undefined> {
  const headers: LastRows[] = [];
  try {
    await readLines(
      file,
      {},
      (line) => {
        const text = line.toString("latin1");
        // This program wrote the file atomically.
        if (headers.length === 0) headers.push(JSON.parse(line.toString("utf8")) as LastRows);
        else onRow({ key: text.slice(0, 32), status: text.slice(33) || undefined });
      },
      files,
    );
  } catch (error) {
    // One that a crash has damaged is made anew by the next run.
    if (errorCode(error) === undefined || isMissing(error)) return undefined;
    throw unreadableState(file, error);
  }
  const [last] = headers;
  return last && { ...last, isChanged: last.manifestSha256 !== (await hashFile(manifest, files)) };
}
