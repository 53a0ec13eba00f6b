import type { Outcome, Problem, RetouchError, Usage } from "@retouch/client";
import type { CompositeReport } from "../composite/composite-options.ts";
import type { PrepareReport } from "../prepare/prepare-image.ts";
import { noStorage, type StorageState } from "../storage/storage-state.ts";
import type { EditProgress, EditStatus, Run } from "./run.ts";

/** The newest preview of an edit in progress. */
export interface EditPartial {
  /** Number of the preview, from 0, as the server counts them. */
  readonly index: number;
  readonly blob: Blob;
  /** The object URL of the preview, for an `<img>`. The session owns it. */
  readonly url: string;
}

/** One image of the session: a source that the caller gave, or a result. */
export interface Step {
  /** Unique within the session. */
  readonly id: string;
  /** The image this one was edited from; `null` for a source. It may be evicted by `historyLimit`. */
  readonly parentId: string | null;
  /**
   * The images that were sent, as the `id` of their steps, the edited one first: `undefined` for one that the session does
   * not have, and for a source.
   */
  readonly inputIds?: readonly (string | undefined)[] | undefined;
  /**
   * The URL of the image, for an `<img>`: an object URL that the session owns and revokes, or the server's own URL when
   * the page is not allowed to read it.
   */
  readonly url: string;
  /** The bytes of the image; `undefined` when the page is not allowed to read them from `url`. */
  readonly blob: Blob | undefined;
  /** The parameters of the edit, without its images; `undefined` for a source. */
  readonly params: Readonly<Record<string, unknown>> | undefined;
  /** The mask of the edit: `editAgain` sends it with another prompt. */
  readonly mask: Blob | undefined;
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly mediaType: string | undefined;
  readonly revisedPrompt: string | undefined;
  /** The tokens of the complete edit, which all images of the same edit share. */
  readonly usage: Usage | undefined;
  readonly requestId: string | undefined;
  /** Warnings about this edit. */
  readonly warnings: readonly Problem[];
  /** What `prepare` did to the images before they were sent. */
  readonly prepared: readonly PrepareReport[];
  /** The result as it arrived, and its drift; `undefined` unless `composite` put it back into its original. */
  readonly composite?: CompositeReport | undefined;
}

/** Immutable snapshot of a session. */
export interface EditState {
  readonly status: EditStatus;
  /** `undefined` until something is sent. */
  readonly progress: EditProgress | undefined;
  /** `undefined` unless `partial_images` asked for previews and one has arrived. */
  readonly partial: EditPartial | undefined;
  /** The image that the next edit starts from. */
  readonly current: Step | undefined;
  /**
   * The images that an edit without `image` sends after the current one: those of `setReferences`. The current one is not
   * sent twice if it is one of them.
   */
  readonly references: readonly Step[];
  /** Every image of the session, oldest first. */
  readonly steps: readonly Step[];
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  /** Every edit, oldest first: running, queued or ended. Of those that have ended, as many as `historyLimit` are kept. */
  readonly runs: readonly Run[];
  /** Why the last edit failed. */
  readonly error: RetouchError | Error | undefined;
  /** The sentence to show for an edit that failed or was canceled: yours from `messages`, or the error's own. */
  readonly message: string | undefined;
  /** How a failed or canceled edit ended on the server: `unknown` may have been billed. */
  readonly outcome: Outcome | undefined;
  /** Problems of the parameters of the last `check` or edit, by field. */
  readonly problems: readonly Problem[];
  /** How many edits are queued (`concurrency: "queue"`). */
  readonly queued: number;
  /** Whether the images survive a reload (`storage`). */
  readonly storage: StorageState;
}

/** Initial state, also used as the server snapshot. */
export const idleState: EditState = Object.freeze({
  status: "idle",
  progress: undefined,
  partial: undefined,
  current: undefined,
  references: Object.freeze([]),
  steps: Object.freeze([]),
  canUndo: false,
  canRedo: false,
  runs: Object.freeze([]),
  error: undefined,
  message: undefined,
  outcome: undefined,
  problems: Object.freeze([]),
  queued: 0,
  storage: noStorage,
} satisfies EditState);

/** Returns whether an edit is in progress. */
export function isPending(status: EditStatus): boolean {
  return (
    status === "preparing" || status === "uploading" || status === "processing" || status === "streaming"
  );
}
