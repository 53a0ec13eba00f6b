import { CliError } from "../errors/cli-error.ts";
import { JournalCosts, type Spending } from "./costs.ts";
import { type EditRecord, type EditState, isOpen, isTooLate, nextRecord, nextState } from "./edit-record.ts";
import { badJournal, checkHeader, parseEntry } from "./journal.ts";
import type { JournalEntry } from "./journal-entry.ts";
import { errorCode, type System } from "./system.ts";
import { KeyTable } from "./tables/key-table.ts";
import { NumberList } from "./tables/number-list.ts";
import { readLineAt, readLines } from "./tables/read-lines.ts";

/** A line of a journal, with the state that its edit has in the end. */
export interface FoldedLine {
  readonly entry: JournalEntry;
  readonly bytes: Buffer;
  readonly state: EditState;
  /** Whether no later line is about the edit. */
  readonly isLast: boolean;
  /** What all attempts of the edit cost; null if a price is unknown. */
  readonly spentUsd: number | null;
}

/** Every state, by the number that the fold stores. */
const states: readonly EditState[] = [true, false].flatMap((hasEarlier) => [
  { phase: "planned", hasEarlier },
  { phase: "sent", outcome: "unknown", hasEarlier },
  { phase: "pending", outcome: "unknown", hasEarlier },
  { phase: "refused", outcome: "not-sent", hasEarlier },
  { phase: "saved", hasEarlier },
  { phase: "failed", outcome: "not-sent", hasEarlier },
  { phase: "failed", outcome: "rejected", hasEarlier },
  { phase: "failed", outcome: "unknown", hasEarlier },
  { phase: "failed", outcome: "billed", hasEarlier },
  { phase: "dismissed", hasEarlier },
]);

function numberOf({ phase, outcome, hasEarlier }: EditState): number {
  return states.findIndex(
    (state) => state.phase === phase && state.outcome === outcome && state.hasEarlier === hasEarlier,
  );
}

/**
 * A journal, folded into the last state of each edit. It holds 57 bytes an edit: everything else is read from the file
 * when it is needed.
 */
export interface FoldedJournal {
  readonly file: string;
  /** Number of edits. */
  readonly size: number;
  /** Length of the file, and number of its lines, as far as it was read. */
  readonly byteLength: number;
  readonly lineCount: number;
  stateOf(id: string): EditState | undefined;
  /** Returns the state of an edit whose id is a key of a table. */
  stateOfKey(keys: KeyTable, index: number): EditState | undefined;
  /** What the edits cost that were billed or may be. */
  readonly spending: Readonly<Spending>;
  /** Reads the record of an edit. */
  read(id: string): Promise<EditRecord | undefined>;
  /** Reads the records of all edits in a state that `isWanted` accepts, in order of first appearance. */
  readAll(isWanted: (state: EditState) => boolean): AsyncGenerator<EditRecord>;
  /** Calls `onLine` with every line, in one pass over the file. */
  eachLine(onLine: (line: FoldedLine) => void | Promise<void>): Promise<void>;
  /** Folds what other processes have appended since. */
  refresh(): Promise<void>;
}

/**
 * Reads a journal line by line. A missing file has no edits, and a line cut by a crash is skipped.
 *
 * @throws CliError `bad_journal` if the file cannot be read or has another version.
 */
export async function foldJournal(
  file: string,
  onEntry: ((entry: JournalEntry) => void) | undefined,
  system: System,
): Promise<FoldedJournal> {
  const keys = new KeyTable();
  /** By the number of the edit: its state, and the offsets of its plan and its last line. */
  const stateNumbers = new NumberList();
  const planOffsets = new NumberList();
  const lastOffsets = new NumberList();
  const costs = new JournalCosts();
  let readUpTo = 0;
  let lineCount = 0;

  const stateAt = (index: number): EditState | undefined => states[stateNumbers.at(index) ?? -1];

  function fold(entry: JournalEntry, at: number): void {
    const index = keys.add(entry.id);
    const before = stateAt(index);
    stateNumbers.set(index, numberOf(nextState(before, entry)));
    costs.add(index, entry, before !== undefined && isOpen(before));
    lineCount++;
    if (!isTooLate(before, entry)) {
      if (entry.type === "planned") planOffsets.set(index, at);
      lastOffsets.set(index, at);
    }
    onEntry?.(entry);
  }

  async function readAppended(): Promise<void> {
    try {
      readUpTo = await readLines(
        file,
        { from: readUpTo },
        (line, at) => {
          if (at === 0) return checkHeader(file, line);
          const entry = parseEntry(line);
          if (entry !== undefined) fold(entry, at);
        },
        system.files,
      );
    } catch (error) {
      if (errorCode(error) === "ENOENT") return;
      throw error instanceof CliError
        ? error
        : badJournal(file, `cannot be read (${reasonOf(error)})`, error);
    }
  }

  let reading: { readonly done: Promise<void>; next?: Promise<void> } | undefined;

  /** Callers that arrive while the file is read share the next reading, which starts after all of their changes. */
  function refresh(): Promise<void> {
    if (reading !== undefined) {
      reading.next ??= reading.done.catch(() => undefined).then(refresh);
      return reading.next;
    }
    const done = readAppended().finally(() => {
      reading = undefined;
    });
    reading = { done };
    return done;
  }

  async function readRecord(index: number): Promise<EditRecord | undefined> {
    let record: EditRecord | undefined;
    for (const at of new Set([planOffsets.at(index), lastOffsets.at(index)])) {
      if (at === undefined || Number.isNaN(at)) continue;
      const entry = parseEntry(await readLineAt(file, at, system.files));
      if (entry !== undefined) record = nextRecord(record, entry);
    }
    // The state depends on every line, the details only on these two.
    return record && { ...record, ...stateAt(index) };
  }

  await refresh();
  return {
    file,
    get size() {
      return keys.size;
    },
    get byteLength() {
      return readUpTo;
    },
    get lineCount() {
      return lineCount;
    },
    spending: costs.total,
    stateOf: (id) => stateAt(keys.indexOf(id)),
    stateOfKey: (others, index) => stateAt(keys.indexOfKeyIn(others, index)),
    async read(id) {
      const index = keys.indexOf(id);
      return index === -1 ? undefined : readRecord(index);
    },
    async *readAll(isWanted) {
      for (let index = 0; index < keys.size; index++) {
        const state = stateAt(index);
        if (state === undefined || !isWanted(state)) continue;
        const record = await readRecord(index);
        if (record !== undefined) yield record;
      }
    },
    async eachLine(onLine) {
      const visit = (bytes: Buffer, at: number) => {
        const entry = at === 0 ? undefined : parseEntry(bytes);
        if (entry === undefined) return undefined;
        const index = keys.indexOf(entry.id);
        const state = stateAt(index);
        if (state === undefined) return undefined;
        const isLast = lastOffsets.at(index) === at;
        return onLine({ entry, bytes, state, isLast, spentUsd: costs.spentOf(index) });
      };
      if (keys.size > 0) await readLines(file, {}, visit, system.files);
    },
    refresh,
  };
}

function reasonOf(error: unknown): string {
  return errorCode(error) ?? (error instanceof Error ? error.message : String(error));
}
