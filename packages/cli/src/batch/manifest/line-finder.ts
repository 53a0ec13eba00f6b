import { usageError } from "../../errors/cli-error.ts";
import { maxLineBytes } from "../../journal/tables/read-lines.ts";

const lineFeed = 10;
const carriageReturn = 13;

/**
 * Finds the first line of a record from where it ends. The parser's own count counts CRLF inside quotes twice. Chunks
 * are held, not joined, until their records end: a cell can be as long as the file.
 */
export class LineFinder {
  readonly #file: string;
  /** Offset in the file of what the parser was given first. */
  readonly #base: number;
  readonly #chunks: Buffer[] = [];
  /** Offset of the first chunk that is held. */
  #begin = 0;
  #pushed = 0;
  #from = 0;
  #line = 1;
  #afterReturn = false;

  constructor(file: string, base: number) {
    this.#file = file;
    this.#base = base;
  }

  /** @throws CliError, exit code 2, if the row that the chunk continues is too long. */
  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#pushed += chunk.length;
    if (this.#pushed - this.#from <= maxLineBytes) return;
    throw usageError(
      `${this.#file} has a row of more than 64 MB, after line ${this.#line}. Is a quote not closed there?`,
    );
  }

  /** Returns the place of the next record, which ends at `end`. */
  next(end: number): { line: number; start: number; end: number } {
    let start = end;
    let line: number | undefined;
    while (this.#from < end) {
      const chunk = this.#chunks[0];
      if (chunk === undefined) break;
      const stop = Math.min(chunk.length, end - this.#begin);
      for (let at = this.#from - this.#begin; at < stop; at++) {
        const byte = chunk[at];
        if (byte === carriageReturn || (byte === lineFeed && !this.#afterReturn)) this.#line++;
        else if (byte !== lineFeed && line === undefined) {
          line = this.#line;
          start = this.#begin + at;
        }
        this.#afterReturn = byte === carriageReturn;
      }
      this.#from = this.#begin + stop;
      if (stop < chunk.length) break;
      this.#begin += chunk.length;
      this.#chunks.shift();
    }
    return { line: line ?? this.#line, start: this.#base + start, end: this.#base + end };
  }
}
