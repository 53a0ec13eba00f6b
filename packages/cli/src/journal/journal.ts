import { readFile } from "node:fs/promises";
import { CliError, exitCodes } from "../errors/cli-error.ts";
import { openPrivateLog } from "../output/write-output.ts";
import type { JournalEntry } from "./journal-entry.ts";

/** An append-only record of one edit or one batch. An entry is on disk once `write` resolves. */
export interface Journal {
  readonly file: string;
  write(entry: JournalEntry): Promise<void>;
  close(): Promise<void>;
}

interface PendingLine {
  readonly line: string;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Opens a journal for appending. Concurrent entries share one `write` and one `fsync`, so that 256
 * rows in flight do not wait for the disk one by one.
 *
 * @throws The system's error if the file cannot be opened; the caller must then send nothing.
 */
export async function openJournal(file: string): Promise<Journal> {
  const handle = await openPrivateLog(file);
  let waiting: PendingLine[] = [];
  let flushing: Promise<void> | undefined;
  // A line cut by a crash or a full disk must not corrupt the next one.
  let lead = (await handle.stat()).size === 0 ? "" : "\n";

  async function flush(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        await handle.appendFile(lead + batch.map(({ line }) => line).join(""));
        lead = "";
        await handle.datasync();
        for (const { resolve } of batch) resolve();
      } catch (error) {
        lead = "\n";
        for (const { reject } of batch) reject(error);
      }
    }
    flushing = undefined;
  }

  return {
    file,
    write: (entry) =>
      new Promise((resolve, reject) => {
        const line = `${JSON.stringify({ at: new Date().toISOString(), ...entry })}\n`;
        waiting.push({ line, resolve, reject });
        flushing ??= flush();
      }),
    async close() {
      await flushing;
      await handle.close();
    },
  };
}

/**
 * Opens a journal before its edits are sent.
 *
 * @throws CliError, exit code 2, if the file cannot be opened: nothing may be sent without a record.
 */
export async function openJournalBeforeSending(file: string): Promise<Journal> {
  return openJournal(file).catch((error: unknown) => {
    throw journalNotWritable(file, error);
  });
}

/** Reads a journal. A line cut by a crash is skipped, and a missing file has no entries. */
export async function readJournal(file: string): Promise<JournalEntry[]> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  return parseJournal(text);
}

/** Parses the lines of a journal and skips incomplete entries. */
export function parseJournal(text: string): JournalEntry[] {
  return text.split("\n").flatMap((line) => {
    const entry = parseLine(line);
    return entry === undefined ? [] : [entry];
  });
}

function parseLine(line: string): JournalEntry | undefined {
  if (line.trim() === "") return undefined;
  try {
    const value: unknown = JSON.parse(line);
    const known = typeof value === "object" && value !== null && "type" in value && "id" in value;
    // This program wrote the line; a partial one does not parse.
    return known ? (value as JournalEntry) : undefined;
  } catch {
    // Only a cut line fails to parse. Its write never resolved, so nothing was sent because of it.
    return undefined;
  }
}

/** Creates the error of a journal that cannot be written before sending. */
export function journalNotWritable(file: string, error: unknown): CliError {
  const code = (error as NodeJS.ErrnoException).code ?? "unknown reason";
  return new CliError(
    `The journal cannot be written to ${file}: ${code}. Nothing was sent. ` +
      "Free some space, or choose another folder with RETOUCH_STATE_DIR.",
    { exitCode: exitCodes.usage, code: "journal_not_writable", cause: error },
  );
}
