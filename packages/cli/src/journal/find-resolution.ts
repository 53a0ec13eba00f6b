import path from "node:path";
import { isSameProcess, type ProcessIdentity } from "./claims/owner.ts";
import { type EditState, isUnresolved, nextState } from "./edit-record.ts";
import { checkHeader, parseEntry } from "./journal.ts";
import type { JournalEntry } from "./journal-entry.ts";
import type { SavedEdit } from "./saved-index.ts";
import type { System } from "./system.ts";
import { readLines } from "./tables/read-lines.ts";

/** How a request was resolved. */
export interface Resolution {
  /** Where its images were saved; absent if nothing was billed, or if a person has dismissed it. */
  readonly saved?: Pick<SavedEdit, "at" | "files" | "isRescued"> | undefined;
}

/** How much of the end of a journal shows whether its run resolved an edit before it was killed. */
const tailBytes = 16 * 1024 * 1024;

/**
 * Returns how an edit was resolved by the end of its journal, also if it was never sent. What the end of a long journal does
 * not show counts as unresolved: undefined. Without `owner`, the claim says that nothing was sent; with it, the last attempt
 * in the journal must be of that process, because another machine may have a journal at the same path.
 */
export async function findResolution(
  file: string,
  id: string,
  owner: ProcessIdentity | undefined,
  system: System,
): Promise<Resolution | undefined> {
  let state: EditState | undefined;
  const saved: Extract<JournalEntry, { readonly type: "saved" }>[] = [];
  let isComplete = false;
  let isOwn = true;
  try {
    const { size } = await system.files.stat(file);
    const from = Math.max(0, size - tailBytes);
    isComplete = from === 0;
    await readLines(
      file,
      { from },
      (line, at) => {
        if (at === 0) return checkHeader(file, line);
        // Parsing only the lines that name the edit keeps this within milliseconds.
        if (!line.includes(id)) return undefined;
        const entry = parseEntry(line);
        if (entry?.id !== id) return undefined;
        state = nextState(state, entry);
        if (entry.type === "saved") saved.push(entry);
        if (entry.type === "planned" && owner !== undefined) isOwn = isSameProcess(entry.owner, owner);
        return undefined;
      },
      system.files,
    );
  } catch {
    // A journal on another machine, of another version, or one that was removed.
    return undefined;
  }
  // An edit is recorded before it is sent. A batch may have a new journal, but a single edit has only its own.
  if (state === undefined) {
    const isUnsent = isComplete && (owner === undefined || path.basename(file) === `${id}.jsonl`);
    return isUnsent ? {} : undefined;
  }
  if (isUnresolved(state)) return undefined;
  const last = saved.at(-1);
  if (state.phase === "saved" && last !== undefined) {
    const { at = new Date(system.clock.now()).toISOString(), files, isRescued } = last;
    return { saved: { at, files, isRescued } };
  }
  return (isComplete && isOwn) || state.phase === "dismissed" ? {} : undefined;
}
