import type { EditJob } from "../../edit/edit-job.ts";

/** One row that is whole: what to send, what it is called, and what it is known by. */
export interface BatchRow {
  readonly line: number;
  /** What the manifest calls it, or its line. */
  readonly id: string;
  /** The hash of its content and inputs. */
  readonly key: string;
  readonly job: EditJob;
}
