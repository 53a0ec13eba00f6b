import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { batchesFolder } from "./batch-store.ts";
import { type EditRecord, editRecords } from "./edit-record.ts";
import { readJournal } from "./journal.ts";
import { isRunning, lockHolder } from "./run-lock.ts";
import { editFiles, listEditIds } from "./state-directory.ts";

/** An edit that was sent and never became a file. */
export interface OpenEdit {
  readonly record: EditRecord;
  readonly journal: string;
  /** The batch's lock, which a run holds while it writes the journal. */
  readonly lock?: string | undefined;
  readonly answerFile: string;
  readonly answerBytes: number;
  /** Whether a process is at work on it: its own, or a later run of its batch. */
  readonly running: boolean;
}

/** Finds, in every journal of this machine, what was sent and has neither its files nor a refusal. */
export async function openEdits(): Promise<OpenEdit[]> {
  const found: OpenEdit[] = [];
  for (const id of await listEditIds()) {
    const files = editFiles(id);
    found.push(...(await openIn(files.journal, () => files.answer)));
  }
  for (const name of await readdir(batchesFolder()).catch(() => [])) {
    const folder = path.join(batchesFolder(), name);
    const lock = path.join(folder, "lock");
    found.push(
      ...(await openIn(path.join(folder, "journal.jsonl"), (id) => path.join(folder, `${id}.answer`), lock)),
    );
  }
  return found;
}

async function openIn(journal: string, answerOf: (id: string) => string, lock?: string): Promise<OpenEdit[]> {
  const records = [...editRecords(await readJournal(journal)).values()];
  const open = records.filter(
    ({ phase, outcome }) => phase === "sent" || (phase === "failed" && outcome === "unknown"),
  );
  const isHeld = lock !== undefined && (await lockHolder(lock)) !== undefined;
  return Promise.all(
    open.map(async (record) => {
      const answerFile = answerOf(record.id);
      const answerBytes = await stat(answerFile).then(
        ({ size }) => size,
        () => 0,
      );
      const { plan } = record;
      const running = isHeld || (record.phase === "sent" && plan !== undefined && (await isRunning(plan)));
      return { record, journal, lock, answerFile, answerBytes, running };
    }),
  );
}
