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
  /** The token of the outbox of a delivery that polls the task of `token`: it sends nothing, and takes nothing back. */
  readonly resumedBy?: string | undefined;
  /** Images that could not be put. A worker that took the records over may have replaced the journal that names them. */
  images?: readonly string[];
}

/** Stores a row on the disk before it may be sent. */
export async function storeOpenRow(row: OpenRow, { open }: LocalFiles, system: System): Promise<void> {
  await writeOutput(fileOf(row.key, open), [Buffer.from(JSON.stringify(row))], { force: true }, system);
}

/** Removes a row whose end the ledger has. */
export async function removeOpenRow(
  { key }: Pick<OpenRow, "key">,
  { open, outboxes }: LocalFiles,
  system: System,
): Promise<void> {
  await removeFile(fileOf(key, open), system);
  await removeEmpty(outboxes(key), system);
}

/** Removes directories without files, of other deliveries too. An image that is still in one, such as of a broken response, stays. */
async function removeEmpty(directory: string, system: System): Promise<void> {
  const names = await system.files.readdir(directory).catch(() => undefined);
  if (names === undefined) return;
  for (const name of names) await removeEmpty(path.join(directory, name), system);
  await system.files.rmdir(directory).catch(() => undefined);
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
