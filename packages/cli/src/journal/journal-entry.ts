import type { TaskEvent } from "@retouch/client/node";
import type { BilledOutcome } from "../errors/outcome.ts";
import type { PasteBackRecord } from "../masks/paste-back-record.ts";
import type { OutputPattern } from "../output/output-pattern.ts";
import type { ProcessIdentity } from "./claims/owner.ts";

/** Tokens used by an edit, as in `--json` and the journal. */
export interface TokenCount {
  readonly inputTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
  readonly totalTokens?: number | undefined;
  /** What the server says that the edit cost, in US dollars or in its own credits. */
  readonly costUsd?: number | undefined;
  readonly costCredits?: number | undefined;
}

/** Record of an edit before it is sent: enough to write its images later, without the prompt. */
export interface PlannedEntry {
  readonly type: "planned";
  readonly id: string;
  /** The request key: the hash of server, fields and input bytes. */
  readonly request: string;
  /** The process that sends it, so that `recover` skips a running edit. */
  readonly owner: ProcessIdentity;
  /** The server's origin. Result URLs of that origin are trusted like the server itself. */
  readonly server: string;
  /** What relative result URLs are relative to. Absent in entries of old versions: then it is the origin. */
  readonly root?: string | undefined;
  /** Whether result URLs on plain http of the server's own host are fetched: `--insecure-http`. */
  readonly insecureHttp?: boolean | undefined;
  readonly model?: string | undefined;
  readonly promptSha256: string;
  readonly images: readonly string[];
  readonly output: OutputPattern;
  /** Number of images requested. */
  readonly count: number;
  readonly force: boolean;
  readonly responseFile: string;
  readonly pasteBack?: PasteBackRecord | undefined;
  /** Set if an attempt of another journal may be billed: of a copy of the manifest, or another state directory. */
  readonly hasEarlier?: true | undefined;
  /** The line of the row in its manifest, from 1. */
  readonly row?: number | undefined;
  /** The `id` of the row in its manifest. */
  readonly rowId?: string | undefined;
  /** The most that the edit may cost, if its price is known. */
  readonly maxUsd?: number | undefined;
}

/** A written image, as it was when it was written. */
export interface SavedFile {
  readonly path: string;
  readonly sha256: string;
  readonly byteLength: number;
  readonly mtimeMs: number;
}

/** Record of an edit whose images are in place. */
interface SavedEntry {
  readonly type: "saved";
  readonly id: string;
  /** Absent for images that went to stdout. */
  readonly files: readonly SavedFile[];
  readonly usage?: TokenCount | undefined;
  readonly requestId?: string | undefined;
  /** What the edit cost, by the server or by its tokens, if that is known. */
  readonly usd?: number | undefined;
  /** What all attempts cost that a compacted journal no longer lists; null if a price is unknown. */
  readonly spentUsd?: number | null | undefined;
  /** Name of the response that has them: another attempt may have one of its own. Absent in entries of old versions. */
  readonly response?: string | undefined;
  /** The images come from a broken response: the server may not know that they arrived. */
  readonly isRescued?: boolean | undefined;
}

/** One line of a journal. `id` names the edit; the time is added when the line is written. */
export type JournalEntry = { readonly at?: string } & (
  | PlannedEntry
  | SavedEntry
  | {
      readonly type: "sent";
      readonly id: string;
      readonly attempt: number;
      /** Written after `saved`: another process has sent the edit again, and its attempt is still open. */
      readonly isOfOther?: true | undefined;
    }
  | { readonly type: "refused"; readonly id: string; readonly attempt: number }
  | {
      readonly type: "failed";
      readonly id: string;
      readonly outcome: BilledOutcome;
      readonly code: string;
      readonly exitCode: number;
      readonly requestId?: string | undefined;
      /** Path of the response that was billed but could not be read or written. */
      readonly responseFile?: string | undefined;
      /** Paths of the images that were written anyway, by index; null for the others. */
      readonly paths: readonly (string | null)[];
      /** Name of the response of the attempt, also if it is not stored. */
      readonly response?: string | undefined;
    }
  | {
      /** The server made a task of the edit. Written before it is polled, and again when the wait for it ends without a result. */
      readonly type: "task";
      readonly id: string;
      readonly task: TaskEvent;
      readonly code?: string | undefined;
      readonly requestId?: string | undefined;
    }
  | { readonly type: "dismissed"; readonly id: string }
);
