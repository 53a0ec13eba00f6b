import type { Outcome } from "@retouch/client/node";
import type { JournalEntry, PlannedEntry, TokenCount } from "./journal-entry.ts";

/**
 * State of an edit: `planned` and `refused` (nothing billed), `sent` (its response may be on disk), `saved`,
 * `failed` (see `outcome`), `dismissed`.
 */
type EditPhase = "planned" | "sent" | "refused" | "saved" | "failed" | "dismissed";

/** The state of one edit according to its journal. */
export interface EditRecord {
  readonly id: string;
  readonly phase: EditPhase;
  readonly plan?: PlannedEntry | undefined;
  readonly at?: string | undefined;
  readonly outcome?: Outcome | undefined;
  readonly code?: string | undefined;
  readonly requestId?: string | undefined;
  readonly responseFile?: string | undefined;
  /** By index of the image; null if it was not written. */
  readonly paths: readonly (string | null)[];
  readonly usage?: TokenCount | undefined;
}

function next(record: EditRecord, entry: JournalEntry): EditRecord {
  const at = entry.at ?? record.at;
  switch (entry.type) {
    case "planned":
      return { id: entry.id, phase: "planned", plan: entry, at, responseFile: entry.responseFile, paths: [] };
    case "sent":
      return { ...record, at, phase: "sent", outcome: "unknown" };
    case "refused":
      return { ...record, at, phase: "refused", outcome: "not-sent" };
    case "saved":
      return {
        ...record,
        at,
        phase: "saved",
        outcome: undefined,
        paths: entry.paths,
        usage: entry.usage,
        requestId: entry.requestId,
      };
    case "failed":
      return {
        ...record,
        at,
        phase: "failed",
        outcome: entry.outcome,
        code: entry.code,
        requestId: entry.requestId,
        responseFile: entry.responseFile,
        paths: entry.paths,
      };
    case "dismissed":
      return { ...record, at, phase: "dismissed" };
  }
}

/** Folds the entries of a journal into the last state of each edit, in order of first appearance. */
export function editRecords(entries: Iterable<JournalEntry>): Map<string, EditRecord> {
  const records = new Map<string, EditRecord>();
  for (const entry of entries) {
    const before = records.get(entry.id) ?? { id: entry.id, phase: "planned", paths: [] };
    records.set(entry.id, next(before, entry));
  }
  return records;
}
