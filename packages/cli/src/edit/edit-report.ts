import type { Warning } from "../errors/error-details.ts";
import type { TokenCount } from "../journal/journal-entry.ts";
import type { Drift } from "../masks/paste-back.ts";

/** A picture that was written, as `--json` names it. */
export interface SavedImage {
  readonly path: string;
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  readonly mediaType?: string | undefined;
  readonly revisedPrompt?: string | undefined;
  readonly drift?: Drift | undefined;
}

/** What became of one edit. */
export interface EditReport {
  readonly images: readonly SavedImage[];
  readonly usage?: TokenCount | undefined;
  readonly requestId?: string | undefined;
  readonly warnings: readonly Warning[];
  readonly failure?: EditFailure | undefined;
}

/** Why an edit failed, and what was kept of it. */
interface EditFailure {
  readonly error: unknown;
  readonly exitCode: number;
  readonly rawAnswer?: string | undefined;
  readonly urls: readonly string[];
}
