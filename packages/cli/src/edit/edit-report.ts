import type { Drift } from "@retouch/client/composite";
import type { Warning } from "../errors/error-details.ts";
import type { TokenCount } from "../journal/journal-entry.ts";

/** A saved image, as in `--json`. */
export interface SavedImage {
  readonly path: string;
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  readonly mediaType?: string | undefined;
  readonly revisedPrompt?: string | undefined;
  readonly drift?: Drift | undefined;
}

/** Result of one edit. */
export interface EditReport {
  readonly images: readonly SavedImage[];
  readonly usage?: TokenCount | undefined;
  /** What the edit cost in US dollars, if that is known. */
  readonly usd?: number | undefined;
  readonly requestId?: string | undefined;
  readonly warnings: readonly Warning[];
  readonly failure?: EditFailure | undefined;
  /** Whether the images were saved from a broken response: nothing has to be sent again, whatever the failure is. */
  readonly isRescued?: boolean | undefined;
}

/** Failure of an edit, and what was kept. */
interface EditFailure {
  readonly error: unknown;
  readonly exitCode: number;
  readonly rawAnswer?: string | undefined;
  readonly urls: readonly string[];
  /** The task that the server still has. */
  readonly taskId?: string | undefined;
}
