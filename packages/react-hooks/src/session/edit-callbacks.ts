import type { Outcome } from "@retouch/client";
import type { EditPartial, Step } from "./edit-state.ts";
import type { Run } from "./run.ts";

/** Callbacks of every edit of a session, as its options, or of one edit, as the second argument of `edit`. */
export interface EditCallbacks {
  /** Called with each preview that is shown, at most one per frame. */
  readonly onPartial?: ((partial: EditPartial) => void) | undefined;
  /** Called with the new image, and with all of them when `n` asked for several. Not called for a superseded edit. */
  readonly onFinish?: ((step: Step, steps: readonly Step[]) => void) | undefined;
  /** Called when an edit fails. Not called for one that was canceled or superseded. */
  readonly onError?: ((error: Error, outcome: Outcome) => void) | undefined;
  /**
   * Called when an edit is canceled, superseded, or not sent because the one before it failed. The `code` of
   * `run.error` says why; `unknown` may be billed anyway.
   */
  readonly onCancel?: ((outcome: Outcome, run: Run) => void) | undefined;
  /** Called once for every edit, last: `run.status` is `success`, `error` or `canceled`. */
  readonly onSettled?: ((run: Run) => void) | undefined;
}

/** Calls user code. An error it throws is reported as uncaught and does not fail the edit. */
export function callCallback(callback: () => void): void {
  try {
    callback();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
