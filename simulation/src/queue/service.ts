import type { RowJob, RunSettings } from "../../../packages/queue/src/jobs/row-job.ts";
import type { Ledger } from "../../../packages/queue/src/ledger/ledger.ts";
import type { LedgerModel } from "../../../packages/queue/src/ledger/model.ts";

export type { LedgerModel };

/** What a simulated process finds as the module `simulated-queue`: Redis, with the ledger and the jobs. */
export interface QueueService {
  readonly ledger: Ledger;
  addRun(settings: RunSettings, jobs: readonly RowJob[]): Promise<void>;
  /** Takes a job; `none` if none waits, and `done` if each row has ended, too. */
  nextJob(): Promise<{ readonly job: RowJob; readonly settings: RunSettings } | "none" | "done">;
  complete(job: RowJob): Promise<void>;
  putBack(job: RowJob): Promise<void>;
  /** Returns whether an upload fails, and whether it is complete nevertheless. */
  upload(): "ok" | "fails" | "is complete, but fails";
}
