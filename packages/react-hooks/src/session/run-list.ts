import type { EditRun } from "./edit-run.ts";
import { isOpen, type Run } from "./run.ts";

/** The edits of a session, oldest first. Ended ones beyond the limit are dropped: each keeps its images for a retry. */
export class RunList {
  #runs: readonly EditRun[] = [];
  #snapshots: readonly Run[] = [];
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The snapshots: the same array until one of them changes. */
  get snapshots(): readonly Run[] {
    const isSame =
      this.#runs.length === this.#snapshots.length &&
      this.#runs.every(({ snapshot }, at) => snapshot === this.#snapshots[at]);
    if (!isSame) this.#snapshots = Object.freeze(this.#runs.map(({ snapshot }) => snapshot));
    return this.#snapshots;
  }

  get all(): readonly EditRun[] {
    return this.#runs;
  }

  /** The edits that wait until the current one has ended, first in, first out. */
  get queued(): readonly EditRun[] {
    return this.#runs.filter(({ snapshot }) => snapshot.status === "queued");
  }

  get last(): EditRun | undefined {
    return this.#runs.at(-1);
  }

  add(run: EditRun): void {
    const ended = this.#runs.filter(({ snapshot }) => !isOpen(snapshot));
    const dropped = ended.slice(0, Math.max(0, ended.length + 1 - this.#limit));
    this.#runs = [...this.#runs.filter((known) => !dropped.includes(known)), run];
  }

  /** Adds edits of an earlier page before all others. */
  restore(runs: readonly EditRun[]): void {
    this.#runs = [...runs, ...this.#runs];
  }

  find(id: unknown): EditRun | undefined {
    return this.#runs.find(({ snapshot }) => snapshot.id === id);
  }

  clear(): void {
    this.#runs = [];
  }
}
