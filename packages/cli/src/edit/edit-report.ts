import type { TokenCount } from "../journal/token-count.ts";
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

/** Something to know about an edit that was sent all the same. */
export interface Warning {
  readonly field: string;
  readonly code: string;
  readonly message: string;
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
