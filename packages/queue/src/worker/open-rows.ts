import { Buffer } from "node:buffer";
import path from "node:path";
import { removeFile, type System, writeOutput } from "@retouch/cli/journal";
import type { LocalFiles } from "./local-state.ts";

/** A row that a worker has taken, until the ledger has its end and the storage its images. */
export interface OpenRow {
  readonly run: string;
  readonly key: string;
  readonly line: number;
  /** What the ledger knows the delivery by. */
  readonly token: string;
  readonly force: boolean;
}

/** Stores a row on the disk before it may be sent. */
export async function storeOpenRow(row: OpenRow, { open }: LocalFiles, system: System): Promise<void> {
  await writeOutput(fileOf(row.key, open), [Buffer.from(JSON.stringify(row))], { force: true }, system);
}

/** Removes a row whose end the ledger has. */
export async function removeOpenRow({ key }: OpenRow, { open }: LocalFiles, system: System): Promise<void> {
  await removeFile(fileOf(key, open), system);
}

/** Reads the open row with a key. */
export async function readOpenRow(
  key: string,
  { open }: LocalFiles,
  { files }: System,
): Promise<OpenRow | undefined> {
  try {
    // This program wrote the file atomically.
    return JSON.parse(await files.readFile(fileOf(key, open), "utf8")) as OpenRow;
  } catch {
    return undefined;
  }
}

/** Lists the rows that an ended worker has left. */
export async function listOpenRows(files: LocalFiles, system: System): Promise<OpenRow[]> {
  const names = (await system.files.readdir(files.open)).filter((name) => name.endsWith(".json")).sort();
  const rows: OpenRow[] = [];
  for (const name of names) {
    const row = await readOpenRow(name.slice(0, -".json".length), files, system);
    if (row !== undefined) rows.push(row);
  }
  return rows;
}

function fileOf(key: string, open: string): string {
  return path.join(open, `${key}.json`);
}
