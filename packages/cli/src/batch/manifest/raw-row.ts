import type { Files } from "../../journal/system.ts";

/** One row as written, with its line and its bytes in the manifest. */
export interface RawRow {
  readonly line: number;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly start: number;
  readonly end: number;
}

/** A problem on one line of a manifest. */
export interface RowProblem {
  readonly line: number;
  readonly message: string;
}

/** A row, or what is wrong with the line that is not one. */
export type RawLine = RawRow | RowProblem;

/** Called with each line in order; the next one waits for it. */
export type OnLine = (line: RawLine) => void | Promise<void>;

/** Passes on the bytes of a range. */
export async function readRange(
  file: string,
  start: number,
  end: number,
  onBytes: (bytes: Buffer) => void,
  files: Pick<Files, "open">,
): Promise<void> {
  const handle = await files.open(file, "r");
  try {
    const bytes = Buffer.alloc(end - start);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, start);
    onBytes(bytes.subarray(0, bytesRead));
  } finally {
    await handle.close();
  }
}
