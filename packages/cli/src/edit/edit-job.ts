import type { EditInput } from "../input/find-inputs.ts";
import type { OutputPattern } from "../output/output-pattern.ts";

/** One edit, settled and ready to be sent. */
export interface EditJob {
  /** What the client is given: the spec's names. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly inputs: readonly EditInput[];
  /** Absent when the picture goes to stdout. */
  readonly output: OutputPattern | undefined;
  /** How many pictures were asked for. */
  readonly count: number;
  readonly force: boolean;
  readonly pasteBack: boolean;
}
