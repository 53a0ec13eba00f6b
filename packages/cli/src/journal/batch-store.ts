import { realpath } from "node:fs/promises";
import path from "node:path";
import { stateFolder } from "../config/state-directory.ts";
import { sha256 } from "./sha256.ts";

/** Where the state of a manifest's runs lies. */
export interface BatchFiles {
  readonly folder: string;
  readonly journal: string;
  readonly lock: string;
  /** Which rows the last run had. */
  readonly rows: string;
  answer(key: string): string;
}

/** Names the folder of all batches. */
export function batchesFolder(): string {
  return path.join(stateFolder(), "batches");
}

/** Names the state of one manifest. What the mock did is no reason to leave a row out of a real run. */
export async function batchFiles(manifest: string, isMock: boolean): Promise<BatchFiles> {
  const absolute = await realpath(manifest).catch(() => path.resolve(manifest));
  const name = `${path
    .basename(absolute)
    .replace(/[^\w.-]+/g, "_")
    .slice(0, 40)}-${sha256(absolute).slice(0, 16)}`;
  const folder = path.join(batchesFolder(), isMock ? `${name}.mock` : name);
  return {
    folder,
    journal: path.join(folder, "journal.jsonl"),
    lock: path.join(folder, "lock"),
    rows: path.join(folder, "rows.json"),
    answer: (key) => path.join(folder, `${key}.answer`),
  };
}
