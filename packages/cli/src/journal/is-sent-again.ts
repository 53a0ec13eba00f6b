import { isSameProcess } from "./claims/owner.ts";
import { parseEntry } from "./journal.ts";
import type { JournalEntry } from "./journal-entry.ts";
import type { System } from "./system.ts";
import { readLines } from "./tables/read-lines.ts";

/**
 * Returns whether another process has sent an edit after this one did, and has not recorded how that ended. This process has
 * recorded the edit as saved just now. The journal is read only where the claim of the edit is lost.
 */
export async function isSentAgain(file: string, id: string, system: System): Promise<boolean> {
  const self = await system.processes.describe();
  let isOther = false;
  let last: JournalEntry | undefined;
  let savedCount = 0;
  const fold = (entry: JournalEntry): void => {
    if (entry.type === "saved") {
      savedCount++;
      return;
    }
    last = entry;
    if (entry.type !== "planned") return;
    isOther = !isSameProcess(entry.owner, self);
    savedCount = 0;
  };
  try {
    await readLines(
      file,
      {},
      (line, at) => {
        const entry = at > 0 && line.includes(id) ? parseEntry(line) : undefined;
        if (entry?.id === id) fold(entry);
      },
      system.files,
    );
  } catch {
    // What cannot be read may have been sent.
    return true;
  }
  // The other one has saved the edit too.
  if (!isOther || savedCount > 1) return false;
  return last !== undefined && mayBeBilled(last);
}

function mayBeBilled(entry: JournalEntry): boolean {
  const { type } = entry;
  if (type === "failed") return entry.outcome === "unknown" || entry.outcome === "billed";
  // What is planned may be sent next.
  return type === "planned" || type === "sent" || type === "task";
}
