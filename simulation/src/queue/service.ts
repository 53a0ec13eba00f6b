import type { RowJob, RunSettings } from "../../../packages/queue/src/jobs/row-job.ts";
import type { Ledger } from "../../../packages/queue/src/ledger/ledger.ts";

/** What a simulated process finds as the module `simulated-queue`: Redis, with the ledger and the jobs. */
export interface QueueService {
  readonly ledger: Ledger;
  addRun(settings: RunSettings, jobs: readonly RowJob[]): Promise<void>;
  /** Takes a job; undefined if none waits. */
  nextJob(): Promise<{ readonly job: RowJob; readonly settings: RunSettings } | undefined>;
  complete(job: RowJob): Promise<void>;
  putBack(job: RowJob): Promise<void>;
  /** Returns whether each row has ended and no job is left. */
  isDone(): Promise<boolean>;
}
