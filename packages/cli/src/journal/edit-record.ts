import type { TaskEvent } from "@retouch/client/node";
import type { BilledOutcome } from "../errors/outcome.ts";
import type { JournalEntry, PlannedEntry, SavedFile, TokenCount } from "./journal-entry.ts";

/**
 * Phase of an edit: `planned` and `refused` (nothing billed), `sent` (its response may be on disk), `pending` (the server
 * made a task of it, which is polled), `saved`, `failed` (see `outcome`), `dismissed`.
 */
type EditPhase = "planned" | "sent" | "pending" | "refused" | "saved" | "failed" | "dismissed";

/** The state of an edit, as far as it decides what a run does with it. */
export interface EditState {
  readonly phase: EditPhase;
  readonly outcome?: BilledOutcome | undefined;
  /**
   * Whether an earlier attempt may be billed: a later one that is rejected does not change that. Of a saved edit, whether
   * another process had sent it again, and that attempt may be billed.
   */
  readonly hasEarlier: boolean;
}

/** The state of one edit according to its journal, with its details. */
export interface EditRecord extends EditState {
  readonly id: string;
  readonly plan?: PlannedEntry | undefined;
  readonly at?: string | undefined;
  readonly code?: string | undefined;
  readonly requestId?: string | undefined;
  readonly responseFile?: string | undefined;
  /** Name of the response of the attempt that failed or was saved last. */
  readonly response?: string | undefined;
  /** By index of the image; null if it was not written. */
  readonly paths: readonly (string | null)[];
  /** The files of a saved edit. */
  readonly files: readonly SavedFile[];
  /** They come from a broken response. */
  readonly isRescued?: boolean | undefined;
  readonly usage?: TokenCount | undefined;
  readonly usd?: number | undefined;
  /** The task of an edit that is pending. */
  readonly task?: TaskEvent | undefined;
}

/** Returns whether an edit was sent and no result or failure is recorded: its process may still wait. */
export function isOpen({ phase }: EditState): boolean {
  return phase === "sent" || phase === "pending";
}

/** Returns whether an attempt of an edit may be billed without its images: it is sent again only if a person asks for it. */
export function isUnresolved({ phase, outcome, hasEarlier }: EditState): boolean {
  if (phase === "dismissed") return false;
  if (phase === "saved") return hasEarlier;
  return (
    hasEarlier || isOpen({ phase, outcome, hasEarlier }) || outcome === "unknown" || outcome === "billed"
  );
}

/**
 * Returns whether an entry is about an edit whose images are in place: a process that was stopped for long wakes after
 * another one took its row, and writes what it was about to do.
 */
export function isTooLate(before: EditState | undefined, { type }: JournalEntry): boolean {
  return before?.phase === "saved" && type !== "saved";
}

/** Returns whether the attempt of another process may still be billed, after one more entry about a saved edit. */
function isOpenBeside({ hasEarlier }: EditState, entry: JournalEntry): boolean {
  if (entry.type === "sent") return hasEarlier || entry.isOfOther === true;
  const isBillable = entry.type === "failed" && (entry.outcome === "unknown" || entry.outcome === "billed");
  return hasEarlier && entry.type !== "dismissed" && (entry.type !== "failed" || isBillable);
}

/** Returns the state of an edit after one more entry. Pure. */
export function nextState(before: EditState | undefined, entry: JournalEntry): EditState {
  if (before !== undefined && isTooLate(before, entry))
    return { ...before, hasEarlier: isOpenBeside(before, entry) };
  const hasEarlier = before?.hasEarlier ?? false;
  switch (entry.type) {
    case "planned":
      return {
        phase: "planned",
        hasEarlier: entry.hasEarlier === true || (before !== undefined && isUnresolved(before)),
      };
    case "sent":
      return { phase: "sent", outcome: "unknown", hasEarlier };
    case "task":
      return { phase: "pending", outcome: "unknown", hasEarlier };
    case "refused":
      return { phase: "refused", outcome: "not-sent", hasEarlier };
    case "failed":
      return { phase: "failed", outcome: entry.outcome, hasEarlier };
    default:
      return { phase: entry.type, hasEarlier: false };
  }
}

/** Returns the record of an edit after one more entry. */
export function nextRecord(before: EditRecord | undefined, entry: JournalEntry): EditRecord {
  const { id } = entry;
  if (before !== undefined && isTooLate(before, entry)) return before;
  const record: EditRecord = { ...(before ?? { id, paths: [], files: [] }), ...nextState(before, entry) };
  const at = entry.at ?? record.at;
  switch (entry.type) {
    case "planned":
      return {
        ...nextState(before, entry),
        id,
        plan: entry,
        at,
        responseFile: entry.responseFile,
        paths: [],
        files: [],
      };
    case "saved": {
      const { files, usage, requestId, usd, isRescued, response } = entry;
      const paths = files.map((file) => file.path);
      return { ...record, at, outcome: undefined, files, paths, usage, requestId, usd, isRescued, response };
    }
    case "failed": {
      const { code, requestId, responseFile, paths, response } = entry;
      return { ...record, at, code, requestId, responseFile, paths, response };
    }
    case "task": {
      const { task, code, requestId = task.requestId } = entry;
      return { ...record, at, task, code, requestId };
    }
    default:
      return { ...record, at };
  }
}
