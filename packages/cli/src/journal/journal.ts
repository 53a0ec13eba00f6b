import path from "node:path";
import { CliError, exitCodes } from "../errors/cli-error.ts";
import type { JournalEntry } from "./journal-entry.ts";
import { errorCode, type LogFile, type System } from "./system.ts";
import { adviceFor } from "./unreadable-state.ts";

/** An append-only record of one edit or one batch. An entry is on disk once `write` resolves. */
export interface Journal {
  readonly file: string;
  write(entry: JournalEntry): Promise<void>;
  close(): Promise<void>;
}

/** Version of the format, in the first line of each journal. */
const journalVersion = 1;

/** The first line of a journal. */
export const journalHeader = `${JSON.stringify({ type: "journal", version: journalVersion })}\n`;

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
export async function openJournal(file: string, system: System): Promise<Journal> {
  const handle = await openLog(file, system);
  let waiting: PendingLine[] = [];
  let flushing: Promise<void> | undefined;
  // A line cut by a crash or a full disk must not corrupt the next one.
  let lead = await leadOf(handle);

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
        const at = new Date(system.clock.now()).toISOString();
        waiting.push({ line: `${JSON.stringify({ at, ...entry })}\n`, resolve, reject });
        flushing ??= flush();
      }),
    async close() {
      await flushing;
      await handle.close();
    },
  };
}

/** Opens a file for appending that only its owner can read, and syncs its directory. */
async function openLog(file: string, { files }: System): Promise<LogFile> {
  await files.makeDirectory(path.dirname(file), 0o700);
  const handle = await files.open(file, "a+", 0o600);
  await files.syncDirectory(path.dirname(file));
  return handle;
}

/** Returns what comes before the first entry that is written: the header, or the end of a line that a crash cut. */
async function leadOf(handle: LogFile): Promise<string> {
  const { size } = await handle.stat();
  const start = Buffer.alloc(journalHeader.length);
  await handle.read(start, 0, start.length, 0);
  if (start.includes(10)) return "\n";
  // A crash cut the header, so no entry follows it.
  if (size > 0) await handle.truncate(0);
  return journalHeader;
}

/**
 * Opens a journal before its edits are sent.
 *
 * @throws CliError, exit code 2, if the file cannot be opened: nothing may be sent without a record.
 */
export async function openJournalBeforeSending(file: string, system: System): Promise<Journal> {
  return openJournal(file, system).catch((error: unknown) => {
    throw journalNotWritable(file, error);
  });
}

/**
 * Appends one entry to a journal that no other process has open.
 *
 * @throws CliError, exit code 2, if it cannot be written.
 */
export async function appendEntry(file: string, entry: JournalEntry, system: System): Promise<void> {
  const journal = await openJournalBeforeSending(file, system);
  try {
    await journal.write(entry);
  } catch (error) {
    throw journalNotWritable(file, error);
  } finally {
    await journal.close();
  }
}

/** Parses one line of a journal. A line that a crash cut has no entry: its write never resolved, so nothing followed it. */
export function parseEntry(line: Buffer): JournalEntry | undefined {
  try {
    // This program wrote the line; a partial one does not parse.
    const entry: JournalEntry = JSON.parse(line.toString("utf8"));
    return entry.type === undefined || entry.id === undefined ? undefined : entry;
  } catch {
    return undefined;
  }
}

/**
 * Checks the first line of a journal.
 *
 * @throws CliError if another version of the program wrote it, or if it is not a journal.
 */
export function checkHeader(file: string, line: Buffer): void {
  let header: { readonly type?: unknown; readonly version?: unknown } | null = null;
  try {
    header = JSON.parse(line.toString("utf8"));
  } catch {
    // Reported below.
  }
  const version = header?.type === "journal" ? header.version : undefined;
  if (version === journalVersion) return;
  throw badJournal(
    file,
    version === undefined ? "is not a journal of retouch" : `has version ${String(version)}`,
  );
}

/** Creates the error of a journal that cannot be read. */
export function badJournal(file: string, why: string, cause?: unknown): CliError {
  // Without the journal, edits that may be billed would be sent again.
  const advice =
    errorCode(cause) === undefined
      ? "Use the version of retouch that wrote it, or move it away if you no longer need its edits."
      : adviceFor(cause);
  return new CliError(`The journal ${file} ${why}. Nothing was sent. ${advice}`, {
    exitCode: exitCodes.usage,
    code: "bad_journal",
    cause,
  });
}

/** Creates the error of a journal that cannot be written before sending. */
export function journalNotWritable(file: string, error: unknown): CliError {
  return new CliError(
    `The journal cannot be written to ${file}: ${errorCode(error) ?? "unknown reason"}. Nothing was sent. ` +
      "Free some space, or choose another folder with RETOUCH_STATE_DIR.",
    { exitCode: exitCodes.usage, code: "journal_not_writable", cause: error },
  );
}
