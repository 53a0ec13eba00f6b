import type { Outcome } from "@retouch/client/node";
import type { PasteBackRecord } from "../masks/paste-back-record.ts";
import type { OutputPattern } from "../output/output-pattern.ts";

/** The tokens an edit used, as `--json` and the journal name them. */
export interface TokenCount {
  readonly inputTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
  readonly totalTokens?: number | undefined;
}

/** What a record keeps of an edit before it is sent: enough to write its pictures later, and no prompt. */
export interface PlannedEntry {
  readonly type: "planned";
  readonly id: string;
  /** The process that sends it, so that `recover` leaves a running edit alone. */
  readonly pid: number;
  readonly machine: string;
  readonly startedAt?: string | undefined;
  /** The server's origin: result addresses there are trusted like the server itself. */
  readonly server: string;
  readonly model?: string | undefined;
  readonly promptSha256: string;
  readonly images: readonly string[];
  readonly output: OutputPattern;
  /** How many pictures were asked for. */
  readonly count: number;
  readonly force: boolean;
  readonly answerFile: string;
  readonly pasteBack?: PasteBackRecord | undefined;
  /** The row's place in its manifest, from 1. */
  readonly row?: number | undefined;
}

/** One line of a journal. `id` names the edit; times are added when the line is written. */
export type JournalEntry = { readonly at?: string } & (
  | PlannedEntry
  | { readonly type: "sent"; readonly id: string; readonly attempt: number }
  | { readonly type: "refused"; readonly id: string; readonly attempt: number }
  | {
      readonly type: "saved";
      readonly id: string;
      readonly paths: readonly string[];
      readonly usage?: TokenCount | undefined;
      readonly requestId?: string | undefined;
    }
  | {
      readonly type: "failed";
      readonly id: string;
      readonly outcome: Outcome;
      readonly code: string;
      readonly exitCode: number;
      readonly requestId?: string | undefined;
      /** Where the answer lies that was paid for and not understood. */
      readonly answerFile?: string | undefined;
      /** The pictures that were written all the same, by their place; null for the others. */
      readonly paths: readonly (string | null)[];
    }
  | { readonly type: "dismissed"; readonly id: string }
);
