import type { EditJob } from "../../edit/edit-job.ts";

/** One valid row: its edit, its id and its row key. */
export interface BatchRow {
  readonly line: number;
  /** The `id` in the manifest, or its line. */
  readonly id: string;
  /** The row key: the hash of its fields and inputs. */
  readonly key: string;
  readonly job: EditJob;
}
