import { KeyTable } from "../../journal/tables/key-table.ts";
import { NumberList } from "../../journal/tables/number-list.ts";
import type { BatchRow } from "./batch-row.ts";
import type { RawRow } from "./raw-row.ts";

/** What the table stores of a row besides its keys. */
export interface RowPlace extends Pick<RawRow, "start" | "end"> {
  /** The names of its outputs, without extension. */
  readonly files: readonly string[];
  /** The directory of its outputs. */
  readonly directory: string;
  /** Number of its outputs that exist. */
  readonly existing: number;
  /** The most that it may cost, if its price is known. */
  readonly maxUsd: number | undefined;
}

/** What a row shares with an earlier one. */
export interface SharedWith {
  readonly id?: number | undefined;
  readonly file?: { readonly name: string; readonly line: number } | undefined;
}

/**
 * The valid rows of a manifest, about 130 bytes each: their keys and where they are in the file. A row is read again
 * when it is needed, so that a million rows fit into memory.
 */
export class RowTable {
  /** The row keys, by the index of the row. */
  readonly keys = new KeyTable();
  readonly #requests = new KeyTable();
  readonly #requestOf = new NumberList(32);
  readonly #ids = new KeyTable();
  readonly #files = new KeyTable();
  /** The row that writes each file. */
  readonly #writers = new NumberList(32);
  readonly #directories = new Map<string, number>();
  readonly #directoryOf = new NumberList(32);
  /** 0 if no output exists, 1 if some do, 2 if all do. */
  readonly #existing = new NumberList(8);
  readonly #lines = new NumberList(32);
  readonly #starts = new NumberList();
  readonly #byteLengths = new NumberList(32);
  readonly #maxUsd = new NumberList();

  get length(): number {
    return this.keys.size;
  }

  /** Adds a row, or returns what it shares with an earlier one. */
  add({ key, request, id, line }: BatchRow, place: RowPlace): SharedWith | undefined {
    const index = this.length;
    const idKey = `id ${id}`;
    const sameId = this.#ids.indexOf(idKey);
    if (sameId !== -1) return { id: this.lineOf(sameId) };
    for (const name of place.files) {
      const writer = this.#writers.at(this.#files.indexOf(name));
      if (writer !== undefined) return { file: { name, line: this.lineOf(writer) } };
    }
    this.keys.add(key);
    this.#requestOf.push(this.#requests.add(request));
    this.#ids.add(idKey);
    for (const name of place.files) this.#writers.set(this.#files.add(name), index);
    const directory = this.#directories.get(place.directory) ?? this.#directories.size;
    this.#directories.set(place.directory, directory);
    this.#directoryOf.push(directory);
    this.#existing.push(place.existing === 0 ? 0 : place.existing < place.files.length ? 1 : 2);
    this.#lines.push(line);
    this.#starts.push(place.start);
    this.#byteLengths.push(place.end - place.start);
    this.#maxUsd.push(place.maxUsd ?? Number.NaN);
    return undefined;
  }

  keyOf(index: number): string {
    return this.keys.keyAt(index);
  }

  /** Returns the index of a row by its key, or -1. */
  indexOf(key: string): number {
    return this.keys.indexOf(key);
  }

  /** Returns the index of a row by its id, or -1. */
  indexOfId(id: string): number {
    return this.#ids.indexOf(`id ${id}`);
  }

  requestOf(index: number): string {
    return this.#requests.keyAt(this.#requestOf.at(index) ?? -1);
  }

  lineOf(index: number): number {
    return this.#lines.at(index) ?? 0;
  }

  /** Returns whether a file is where an output of the row goes. */
  existsOf(index: number): boolean {
    return this.#existing.at(index) !== 0;
  }

  /** Returns whether a file is where each output of the row goes. */
  isCompleteOf(index: number): boolean {
    return this.#existing.at(index) === 2;
  }

  placeOf(index: number): Omit<RawRow, "fields"> {
    const start = this.#starts.at(index) ?? 0;
    return { line: this.lineOf(index), start, end: start + (this.#byteLengths.at(index) ?? 0) };
  }

  /** Returns the most that a row may cost, or undefined if its price is unknown. */
  maxUsdOf(index: number): number | undefined {
    const usd = this.#maxUsd.at(index);
    return usd === undefined || Number.isNaN(usd) ? undefined : usd;
  }

  /** Returns the output directories of rows. */
  directoriesOf(rows: Iterable<number>): string[] {
    const wanted = new Set<number>();
    for (const index of rows) wanted.add(this.#directoryOf.at(index) ?? 0);
    return [...this.#directories].filter(([, number]) => wanted.has(number)).map(([directory]) => directory);
  }
}
