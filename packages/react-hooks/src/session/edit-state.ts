import type { Outcome, Problem, RetouchError, Usage } from "@retouch/client";
import type { PrepareReport } from "../prepare/prepare-image.ts";

/**
 * Says what the session is doing: `preparing` (checks and re-encodes, nothing has left), `uploading`, `processing`
 * (all of it has left), `streaming` (previews arrive), and how the last edit ended.
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

/** Tells how much of the form has left; within one edit it never goes back. */
export interface EditProgress {
  readonly loadedBytes: number;
  readonly totalBytes: number;
  /** From 0 to 1, by bytes. */
  readonly fraction: number;
}

/** Holds the newest preview of an edit that is still being made. */
export interface EditPartial {
  /** Counts previews from 0, as the server numbers them. */
  readonly index: number;
  readonly blob: Blob;
  /** Shows the preview in an `<img>`; owned by the session. */
  readonly url: string;
}

/** Holds one picture of the session: one that was given, or one that came back. */
export interface Step {
  /** Is unique within the session. */
  readonly id: string;
  /** The picture this one was made from; `null` for one that was given. It may have fallen off the history's limit. */
  readonly parentId: string | null;
  /**
   * Shows the picture in an `<img>`: an object URL owned by the session, which revokes it; or the server's own address
   * when the page was not allowed to read it.
   */
  readonly url: string;
  /** The picture's bytes; `undefined` when the page was not allowed to read them from `url`. */
  readonly blob: Blob | undefined;
  /** What was asked for, without the pictures; `undefined` for a picture that was given. */
  readonly params: Readonly<Record<string, unknown>> | undefined;
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly mediaType: string | undefined;
  readonly revisedPrompt: string | undefined;
  /** The tokens of the whole edit, which pictures of the same edit share. */
  readonly usage: Usage | undefined;
  readonly requestId: string | undefined;
  /** What preflight had to say about this edit. */
  readonly warnings: readonly Problem[];
  /** What `prepare` did to the pictures before they were sent. */
  readonly prepared: readonly PrepareReport[];
}

/** Is what a component sees of a session: replaced, never changed. */
export interface EditState {
  readonly status: EditStatus;
  /** `undefined` until something has left. */
  readonly progress: EditProgress | undefined;
  /** `undefined` unless previews were asked for (`partial_images`) and one has come. */
  readonly partial: EditPartial | undefined;
  /** The picture that the next edit starts from. */
  readonly current: Step | undefined;
  /** Every picture of the session, in the order they came. */
  readonly steps: readonly Step[];
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  /** Why the last edit failed. */
  readonly error: RetouchError | Error | undefined;
  /** What the server may have done with an edit that failed or was canceled: `unknown` may have been billed. */
  readonly outcome: Outcome | undefined;
  /** What is wrong with the parameters of the last `check` or edit, field by field. */
  readonly problems: readonly Problem[];
  /** How many edits wait for their turn (`concurrency: "queue"`). */
  readonly queued: number;
}

/** Is the state of a session that has done nothing, on the server and in the first render of a page. */
export const idleState: EditState = Object.freeze({
  status: "idle",
  progress: undefined,
  partial: undefined,
  current: undefined,
  steps: Object.freeze([]),
  canUndo: false,
  canRedo: false,
  error: undefined,
  outcome: undefined,
  problems: Object.freeze([]),
  queued: 0,
} satisfies EditState);

/** Tells whether an edit is on its way. */
export function isBusy(status: EditStatus): boolean {
  return (
    status === "preparing" || status === "uploading" || status === "processing" || status === "streaming"
  );
}
