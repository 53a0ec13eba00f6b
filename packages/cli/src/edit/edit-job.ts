import type { EditInput } from "../input/find-inputs.ts";
import type { CropRecord } from "../masks/crop-edit.ts";
import type { OutputPattern } from "../output/output-pattern.ts";

/** One planned edit, ready to be sent. */
export interface EditJob {
  /** Parameters of the client, by the spec's names. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly inputs: readonly EditInput[];
  /** Undefined if the image goes to stdout. */
  readonly output: OutputPattern | undefined;
  /** Number of images requested. */
  readonly count: number;
  readonly force: boolean;
  readonly pasteBack: boolean;
  /** What `params` hold only a part of, with `--crop`. */
  readonly crop?: CropRecord | undefined;
}
