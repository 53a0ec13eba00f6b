import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Info, type Options, Parser } from "csv-parse";
import { parse as parseSync } from "csv-parse/sync";
import { usageError } from "../../errors/cli-error.ts";
import type { Files } from "../../journal/system.ts";
import { LineFinder } from "./line-finder.ts";
import { type OnLine, type RawLine, type RawRow, readRange } from "./raw-row.ts";

const chunkBytes = 256 * 1024;

const options: Options = {
  // Listed, because the parser otherwise detects it from the first line, and a file may mix both.
  record_delimiter: ["\r\n", "\n", "\r"],
  relax_column_count: true,
  skip_empty_lines: true,
};

interface ParsedRecord {
  readonly record: string[];
  readonly info: Info;
}

/** Reads rows under a header; an empty cell is an absent field. */
export async function readCsv(file: string, onLine: OnLine, files: Files): Promise<void> {
  let header: string[] | undefined;
  let lines = new LineFinder(file, 0);

  async function* readChunks(): AsyncGenerator<Buffer> {
    const decoder = new TextDecoder("utf-8", { fatal: true });
    let isFirst = true;
    for await (const chunk of chunksOf(file, files)) {
      let bytes = chunk;
      decoder.decode(bytes, { stream: true });
      if (isFirst) {
        const markBytes = bytes.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf])) ? 3 : 0;
        bytes = bytes.subarray(markBytes);
        lines = new LineFinder(file, markBytes);
        isFirst = false;
      }
      lines.push(bytes);
      yield bytes;
    }
    decoder.decode();
  }

  try {
    await pipeline(
      Readable.from(readChunks(), { highWaterMark: 1 }),
      new Parser({ ...options, info: true }),
      async (records: AsyncIterable<unknown>) => {
        for await (const parsed of records) {
          // `info: true` adds the position of each record, which the types lack.
          const { record, info } = parsed as ParsedRecord;
          const place = lines.next(info.bytes);
          if (header === undefined) {
            header = readHeader(record, file);
            lastHeader = { file, files, header };
          } else await onLine(toRow(header, record, place));
        }
      },
    );
  } catch (error) {
    if (error instanceof Error && "code" in error && String(error.code).startsWith("CSV_"))
      throw usageError(`${file} is not CSV: ${error.message}.`, [], error);
    throw error;
  }
}

/** Reads one row again. */
export async function readCsvRowAt(
  file: string,
  { start, end, line }: Omit<RawRow, "fields">,
  files: Files,
): Promise<RawLine> {
  const header = await readFirstRecord(file, files);
  let record: string[] | undefined;
  await readRange(
    file,
    start,
    end,
    (bytes) => {
      [record] = parseSync(bytes, options) as string[][];
    },
    files,
  );
  return record === undefined ? { line, message: "is gone." } : toRow(header, record, { line, start, end });
}

let lastHeader: { readonly file: string; readonly files: Files; readonly header: string[] } | undefined;

async function readFirstRecord(file: string, files: Files): Promise<string[]> {
  if (lastHeader?.file === file && lastHeader.files === files) return lastHeader.header;
  const parser = Readable.from(chunksOf(file, files)).pipe(new Parser({ ...options, bom: true, to: 1 }));
  for await (const record of parser)
    lastHeader = { file, files, header: readHeader(record as string[], file) };
  return lastHeader?.header ?? [];
}

/** Reads a file in chunks of their own, because the parser keeps them. */
async function* chunksOf(file: string, files: Files): AsyncGenerator<Buffer> {
  const handle = await files.open(file, "r");
  try {
    for (;;) {
      const chunk = Buffer.allocUnsafe(chunkBytes);
      const { bytesRead } = await handle.read(chunk, 0, chunk.length);
      if (bytesRead === 0) return;
      yield chunk.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

function readHeader(record: readonly string[], file: string): string[] {
  const header = record.map((name) => name.trim());
  const seen = new Set<string>();
  const twice = header.find((name) => seen.size === seen.add(name).size);
  if (twice !== undefined) throw usageError(`${file} has the column \`${twice}\` twice. Remove one.`);
  if (header.includes("image")) return header;
  const [odd] = /[;\t|]/.exec(header.join()) ?? [];
  throw usageError(
    `${file} has no column \`image\` in its first line. ` +
      (odd === undefined
        ? "Name the columns there."
        : `Its cells seem to be separated by ${odd === "\t" ? "tabs" : `\`${odd}\``}: save it with commas.`),
  );
}

function toRow(header: readonly string[], record: readonly string[], place: Omit<RawRow, "fields">): RawLine {
  if (record.length > header.length) {
    const { line } = place;
    const message = `has ${record.length} cells but the header names ${header.length}. Quote cells that contain commas.`;
    return { line, message };
  }
  const cells = header.map((name, at) => [name, record[at] ?? ""] as const);
  return { ...place, fields: Object.fromEntries(cells.filter(([, cell]) => cell !== "")) };
}
