import path from "node:path";
import { livenessOf } from "./claims/owner.ts";
import { isOpen, isUnresolved } from "./edit-record.ts";
import type { FoldedJournal, FoldedLine } from "./fold-journal.ts";
import { journalHeader } from "./journal.ts";
import { removeFile, type System } from "./system.ts";

/** A smaller journal is read in milliseconds, and its lines help to understand a failed run. */
const worthCompactingBytes = 1024 * 1024;

/**
 * Rewrites the journal of a finished run: one line for each saved edit, every line of the others. It does nothing while
 * another process may still write to the journal, whose lines would be lost. Returns whether it was rewritten.
 */
export async function compactJournal(
  folded: FoldedJournal,
  system: System,
  minBytes: number = worthCompactingBytes,
): Promise<boolean> {
  const { file } = folded;
  // What was written since it was folded has no state there, and would be left out.
  await folded.refresh();
  if (folded.byteLength < minBytes || folded.lineCount < folded.size * 1.5) return false;
  if (await hasOtherWriter(folded, system)) return false;
  const temporary = `${file}.${system.randomHex(8)}`;
  const handle = await system.files.open(temporary, "wx", 0o600);
  try {
    let pending = journalHeader;
    await folded.eachLine((line) => {
      pending += compactLine(line);
      if (pending.length < 1024 * 1024) return undefined;
      const text = pending;
      pending = "";
      return handle.appendFile(text);
    });
    await handle.appendFile(pending);
    await handle.sync();
    // A run that has taken over writes to the file that this one would replace.
    if ((await system.files.stat(file)).size !== folded.byteLength) return false;
    await system.files.rename(temporary, file);
  } finally {
    await handle.close();
    await removeFile(temporary, system);
  }
  await system.files.syncDirectory(path.dirname(file));
  return true;
}

function compactLine({ entry, bytes, state, isLast, spentUsd }: FoldedLine): string {
  if (state.phase === "saved" && !state.hasEarlier) {
    return isLast && entry.type === "saved" ? `${JSON.stringify({ ...entry, spentUsd })}\n` : "";
  }
  // An edit that was planned and never sent is planned anew.
  const isGone = (state.phase === "planned" || state.phase === "refused") && !isUnresolved(state);
  return isGone ? "" : `${bytes.toString("utf8")}\n`;
}

async function hasOtherWriter(folded: FoldedJournal, system: System): Promise<boolean> {
  for await (const { plan } of folded.readAll(isOpen)) {
    if (plan === undefined || (await livenessOf(plan.owner, system.processes)) !== "ended") return true;
  }
  return false;
}
