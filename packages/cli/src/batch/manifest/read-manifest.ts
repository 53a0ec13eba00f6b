import path from "node:path";
import { CliError, usageError } from "../../errors/cli-error.ts";
import { shortText } from "../../input/file-value.ts";
import { errorCode, type Files } from "../../journal/system.ts";
import { LineTooLongError, readLines } from "../../journal/tables/read-lines.ts";
import { type OnLine, type RawLine, type RawRow, readRange } from "./raw-row.ts";
import { repeatedName } from "./repeated-name.ts";

/**
 * Reads a manifest by its extension, without holding it in memory: `.csv`, otherwise one JSON object per line.
 *
 * @throws CliError, exit code 2, if the file cannot be read or is not a manifest.
 */
export async function readManifest(file: string, onLine: OnLine, files: Files): Promise<void> {
  let count = 0;
  const counted: OnLine = (line) => {
    count++;
    return onLine(line);
  };
  try {
    // Its rows are read again when they are sent, and `.retouch` is beside it.
    if (!(await files.stat(file)).isFile())
      throw usageError(`${file} is not a file. Save the manifest to one, and name that.`);
    if (isCsv(file)) await (await import("./read-csv.ts")).readCsv(file, counted, files);
    else await readJsonLines(file, counted, files);
  } catch (error) {
    throw toManifestError(file, error);
  }
  if (count === 0) throw usageError(`${file} has no rows. Make one with \`retouch batch init\`.`);
}

/** Reads one row again, from where it was found. */
export async function readRowAt(
  file: string,
  { start, end, line }: Omit<RawRow, "fields">,
  files: Files,
): Promise<RawLine> {
  if (isCsv(file)) return (await import("./read-csv.ts")).readCsvRowAt(file, { start, end, line }, files);
  let found: RawLine = { line, message: "is gone." };
  await readRange(
    file,
    start,
    end,
    (bytes) => {
      found = parseJsonLine(bytes, line, start);
    },
    files,
  );
  return found;
}

/** Returns whether a manifest is CSV. */
export function isCsv(file: string): boolean {
  return path.extname(file).toLowerCase() === ".csv";
}

function toManifestError(file: string, error: unknown): unknown {
  if (error instanceof CliError) return error;
  if (error instanceof LineTooLongError)
    return usageError(`${error.message} Write one row on each line.`, [], error);
  const code = errorCode(error);
  if (code === "ERR_ENCODING_INVALID_ENCODED_DATA")
    return usageError(`${file} is not UTF-8 text. Save it as UTF-8.`, [], error);
  if (code === undefined) return error;
  const why = code === "ENOENT" ? "does not exist" : `cannot be read: ${code}`;
  return usageError(`${file} ${why}. Give a manifest; \`retouch batch init\` makes one.`, [], error);
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Reads one JSON object per line; blank lines are allowed. */
async function readJsonLines(file: string, onLine: OnLine, files: Files): Promise<void> {
  let line = 0;
  await readLines(
    file,
    { lastLine: true },
    (bytes, start) => {
      line++;
      const isBlank = bytes.length === 0 || (bytes.length < 64 && utf8.decode(bytes).trim() === "");
      return isBlank ? undefined : onLine(parseJsonLine(bytes, line, start));
    },
    files,
  );
}

function parseJsonLine(bytes: Buffer, line: number, start: number): RawLine {
  const source = utf8.decode(bytes);
  try {
    const value: unknown = JSON.parse(source);
    const twice = repeatedName(source);
    if (twice !== undefined)
      return { line, message: `has ${JSON.stringify(shortText(twice))} twice. Remove one.` };
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return { line, fields: value as Record<string, unknown>, start, end: start + bytes.length };
    return { line, message: 'is not a JSON object. Write {"image": ..., "prompt": ...}.' };
  } catch {
    return { line, message: "is not JSON. A JSONL manifest has one complete object on each line." };
  }
}
