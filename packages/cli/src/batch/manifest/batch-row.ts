import type { EditJob } from "../../edit/edit-job.ts";

/** One valid row: its edit, its id and its keys. */
export interface BatchRow {
  readonly line: number;
  /** The `id` in the manifest, or its line. */
  readonly id: string;
  /** The request key: the hash of server, fields and input bytes. */
  readonly request: string;
  /** The row key: the hash of the request, the `id` and the output. */
  readonly key: string;
  /** The paths of its outputs, without extension. */
  readonly outputs: readonly string[];
  /** As the manifest has it: with `isCropped`, `cropRow` makes what is sent. */
  readonly job: EditJob;
  /** Whether only the surroundings of its mask are sent. */
  readonly isCropped: boolean;
}
