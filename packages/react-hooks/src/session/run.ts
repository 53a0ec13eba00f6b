import type { Outcome, Problem, Usage } from "@retouch/client";

/**
 * What the session is doing, or how the last edit ended. `preparing` checks and re-encodes: nothing is sent yet.
 * `processing` means that everything is sent, `streaming` that previews arrive.
 */
export type EditStatus =
  | "idle"
  | "preparing"
  | "uploading"
  | "processing"
  | "streaming"
  | "success"
  | "error"
  | "canceled";

/** How much of the form is sent. It never decreases within one edit. */
export interface EditProgress {
  readonly loadedBytes: number;
  readonly totalBytes: number;
  /** From 0 to 1, by bytes. */
  readonly fraction: number;
}

/** What one edit of a session is doing, or how it ended. `queued` waits for the edits before it: nothing is sent yet. */
export type RunStatus = "queued" | Exclude<EditStatus, "idle">;

/** One edit of a session, from the call of `edit` to its end: a snapshot that the next change replaces. */
export interface Run {
  /** Unique within the session: what `cancel` and `retry` take. */
  readonly id: string;
  readonly status: RunStatus;
  /** The parameters of the edit, without its images. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly mask: Blob | undefined;
  /** `undefined` until something is sent. */
  readonly progress: EditProgress | undefined;
  /** Why it failed, was canceled or was not sent. */
  readonly error: Error | undefined;
  /** The sentence to show for `error`: its message, or yours from `messages`. */
  readonly message: string | undefined;
  /** How a failed or canceled edit ended on the server: `unknown` may have been billed. */
  readonly outcome: Outcome | undefined;
  readonly problems: readonly Problem[];
  /** The images of its result, as the `id` of steps. `historyLimit` may have evicted them. */
  readonly stepIds: readonly string[];
  readonly usage: Usage | undefined;
  /** What the server says that the edit cost, in US dollars. */
  readonly costUsd: number | undefined;
  readonly requestId: string | undefined;
  /** The run that this one repeats. */
  readonly retryOf: string | undefined;
}

/** Returns whether a run has not ended. */
export function isOpen({ status }: Run): boolean {
  return status !== "success" && status !== "error" && status !== "canceled";
}
