import type { EditRun } from "../session/edit-run.ts";
import type { Step } from "../session/edit-state.ts";
import type { RestoredStep } from "../session/step-tree.ts";
import type { CompleteParams } from "../transport/edit-transport.ts";
import type { StorageState } from "./storage-state.ts";

/** What a storage reads of its session, and gives back to it after a reload. */
export interface StorageHost {
  /** A prefix of every id that this page creates: other tabs store theirs beside them. */
  readonly tab: string;
  readonly steps: () => readonly Step[];
  readonly current: () => Step | undefined;
  readonly referenceIds: () => readonly string[];
  readonly inputsOf: (id: string) => CompleteParams | undefined;
  readonly runs: () => readonly EditRun[];
  readonly addSteps: (
    steps: readonly RestoredStep[],
    currentId: string | undefined,
    referenceIds?: readonly string[] | undefined,
  ) => void;
  /** Continues the runs of an earlier page: queued ones are sent, those that were sent are collected or fail with `error`. */
  readonly addRuns: (runs: readonly EditRun[], error: () => Error) => void;
  readonly report: (state: StorageState) => void;
}

/** An open storage. */
export interface OpenStorage {
  /** Stores what has changed. Resolves when it is stored, or cannot be. */
  sync(): Promise<void>;
  /** Stores nothing from now on. */
  close(): void;
}

/** Where a session keeps its images and edits: `indexedDbStorage("id")`. */
export interface SessionStorage {
  readonly open: (host: StorageHost) => Promise<OpenStorage>;
}
