import { readFile } from "node:fs/promises";
import path from "node:path";
import { parse } from "csv-parse/sync";
import { usageError } from "../../errors/cli-error.ts";

/** One row as written, with its line. */
export interface RawRow {
  readonly line: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A problem on one line of a manifest. */
export interface RowProblem {
  readonly line: number;
  readonly message: string;
}

/** The rows of a manifest, and the lines that are not rows. */
export interface Manifest {
  readonly rows: readonly RawRow[];
  readonly problems: readonly RowProblem[];
}

/**
 * Reads a manifest by its extension: `.csv`, otherwise one JSON object per line.
 *
 * @throws CliError, exit code 2, if the file cannot be read or is not a manifest.
 */
export async function readManifest(file: string): Promise<Manifest> {
  const text = await readText(file);
  const manifest = path.extname(file).toLowerCase() === ".csv" ? parseCsv(text, file) : parseJsonLines(text);
  if (manifest.rows.length + manifest.problems.length === 0) {
    throw usageError(`${file} has no rows. Make one with \`retouch batch init\`.`);
  }
  return manifest;
}

async function readText(file: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown reason";
    const why = code === "ENOENT" ? "does not exist" : `cannot be read: ${code}`;
    throw usageError(`${file} ${why}. Give a manifest; \`retouch batch init\` makes one.`, [], error);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw usageError(`${file} is not UTF-8 text. Save it as UTF-8.`, [], error);
  }
}

/** Parses one JSON object per line; blank lines are allowed. */
function parseJsonLines(text: string): Manifest {
  const rows: RawRow[] = [];
  const problems: RowProblem[] = [];
  for (const [index, source] of text.split("\n").entries()) {
    if (source.trim() === "") continue;
    const line = index + 1;
    try {
      const value: unknown = JSON.parse(source);
      if (typeof value !== "object" || value === null || Array.isArray(value)) {
        problems.push({ line, message: 'is not a JSON object. Write {"image": ..., "prompt": ...}.' });
      } else rows.push({ line, fields: { ...value } });
    } catch {
      problems.push({ line, message: "is not JSON. A JSONL manifest has one complete object on each line." });
    }
  }
  return { rows, problems };
}

/** Parses rows under a header; an empty cell is an absent field. */
function parseCsv(text: string, file: string): Manifest {
  const problems: RowProblem[] = [];
  let header: string[] | undefined;
  let records: { record: string[]; info: { bytes: number } }[];
  try {
    // `info: true` adds the position of each record, which the types lack.
    records = parse(text, {
      bom: true,
      info: true,
      // Listed, because the parser otherwise detects it from the first line, and a file may mix both.
      record_delimiter: ["\r\n", "\n", "\r"],
      relax_column_count: true,
      skip_empty_lines: true,
    }) as unknown as typeof records;
  } catch (error) {
    throw usageError(`${file} is not CSV: ${(error as Error).message}.`, [], error);
  }
  const rows: RawRow[] = [];
  const lineUpTo = lineFinder(text);
  for (const { record, info } of records) {
    const line = lineUpTo(info.bytes);
    if (header === undefined) {
      header = record.map((name) => name.trim());
      const twice = header.find((name, at) => header?.indexOf(name) !== at);
      if (twice !== undefined) throw usageError(`${file} has the column \`${twice}\` twice. Remove one.`);
      if (!header.includes("image")) {
        const [odd] = /[;\t|]/.exec(header.join()) ?? [];
        throw usageError(
          `${file} has no column \`image\` in its first line. ` +
            (odd === undefined
              ? "Name the columns there."
              : `Its cells seem to be separated by ${odd === "\t" ? "tabs" : `\`${odd}\``}: save it with commas.`),
        );
      }
      continue;
    }
    if (record.length > header.length) {
      problems.push({
        line,
        message: `has ${record.length} cells but the header names ${header.length}. Quote cells that contain commas.`,
      });
      continue;
    }
    const cells = header.map((name, at) => [name, record[at] ?? ""] as const);
    rows.push({ line, fields: Object.fromEntries(cells.filter(([, cell]) => cell !== "")) });
  }
  return { rows, problems };
}

/** Returns the first line of a record from where it ends. The parser's own count counts CRLF inside quotes twice. */
function lineFinder(text: string): (endByte: number) => number {
  const bytes = Buffer.from(text);
  let from = 0;
  let line = 1;
  return (endByte) => {
    const record = bytes.toString("utf8", from, endByte);
    const blank = /^[\r\n]*/.exec(record)?.[0] ?? "";
    const begins = line + countBreaks(blank);
    line += countBreaks(record);
    from = endByte;
    return begins;
  };
}

function countBreaks(text: string): number {
  return text.match(/\r\n|\r|\n/g)?.length ?? 0;
}
