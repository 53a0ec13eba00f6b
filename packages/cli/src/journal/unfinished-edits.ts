import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { batchesDirectory } from "./batch-store.ts";
import { type EditRecord, editRecords } from "./edit-record.ts";
import { readJournal } from "./journal.ts";
import { isRunning, lockHolder } from "./run-lock.ts";
import { editFiles, listEditIds } from "./state-directory.ts";

/** An edit that was sent but not saved. */
export interface UnfinishedEdit {
  readonly record: EditRecord;
  readonly journal: string;
  /** The lock of the batch, which a run holds while it writes the journal. */
  readonly lock?: string | undefined;
  readonly responseFile: string;
  readonly responseBytes: number;
  /** Whether a process is working on it: its own, or a later run of its batch. */
  readonly running: boolean;
}

/** Finds, in every journal of this machine, edits that were sent but neither saved nor rejected. */
export async function findUnfinishedEdits(): Promise<UnfinishedEdit[]> {
  const found: UnfinishedEdit[] = [];
  for (const id of await listEditIds()) {
    const files = editFiles(id);
    found.push(...(await findUnfinishedIn(files.journal, () => files.response)));
  }
  for (const name of await readdir(batchesDirectory()).catch(() => [])) {
    const directory = path.join(batchesDirectory(), name);
    const lock = path.join(directory, "lock");
    found.push(
      ...(await findUnfinishedIn(
        path.join(directory, "journal.jsonl"),
        (id) => path.join(directory, `${id}.answer`),
        lock,
      )),
    );
  }
  return found;
}

async function findUnfinishedIn(
  journal: string,
  responseFileOf: (id: string) => string,
  lock?: string,
): Promise<UnfinishedEdit[]> {
  const records = [...editRecords(await readJournal(journal)).values()];
  const open = records.filter(
    ({ phase, outcome }) => phase === "sent" || (phase === "failed" && outcome === "unknown"),
  );
  const isHeld = lock !== undefined && (await lockHolder(lock)) !== undefined;
  return Promise.all(
    open.map(async (record) => {
      const responseFile = responseFileOf(record.id);
      const responseBytes = await stat(responseFile).then(
        ({ size }) => size,
        () => 0,
      );
      const { plan } = record;
      const running = isHeld || (record.phase === "sent" && plan !== undefined && (await isRunning(plan)));
      return { record, journal, lock, responseFile, responseBytes, running };
    }),
  );
}
