import { Buffer } from "node:buffer";
import { hash } from "node:crypto";
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
  await writeOutput(fileOf(row, open), [Buffer.from(JSON.stringify(row))], { force: true }, system);
}

/** Removes a row that was stored, and no other one of its key: an attempt that wakes late may have stored an image. */
export async function removeOpenRow(row: OpenRow, { open }: LocalFiles, system: System): Promise<void> {
  await removeFile(fileOf(row, open), system);
}

/** Removes the outbox of a delivery that is over. An image that is still in it, such as of a broken response, stays. */
export async function removeOutbox(
  { key, token, resumedBy = token }: Pick<OpenRow, "key" | "token" | "resumedBy">,
  { outbox, outboxes }: LocalFiles,
  system: System,
): Promise<void> {
  await removeEmpty(outbox(key, resumedBy), system);
  await system.files.rmdir(outboxes(key)).catch(() => undefined);
}

/** Removes directories without files. */
async function removeEmpty(directory: string, system: System): Promise<void> {
  const names = await system.files.readdir(directory).catch(() => undefined);
  if (names === undefined) return;
  for (const name of names) await removeEmpty(path.join(directory, name), system);
  await system.files.rmdir(directory).catch(() => undefined);
}

/** Lists the rows with a key that ended deliveries have left, or all rows. */
export async function listOpenRows(files: LocalFiles, system: System, key = ""): Promise<OpenRow[]> {
  const names = await system.files.readdir(files.open);
  const rows: OpenRow[] = [];
  for (const name of names.sort()) {
    if (!name.startsWith(key) || !name.endsWith(".json")) continue;
    try {
      // This program wrote the file atomically.
      rows.push(JSON.parse(await system.files.readFile(path.join(files.open, name), "utf8")) as OpenRow);
    } catch (error) {
      // Another worker has ended the row meanwhile.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  return rows;
}

/** Names a row by its delivery and its images: another process can replace or remove only what it has read. */
function fileOf({ key, token, resumedBy, images }: OpenRow, open: string): string {
  const id = hash("sha256", JSON.stringify([token, resumedBy, images])).slice(0, 16);
  return path.join(open, `${key}.${id}.json`);
}
