import type { Outcome } from "@retouch/client";
import type { PrepareOptions } from "../prepare/prepare-image.ts";
import type { EditTransport } from "../transport/edit-transport.ts";
import type { EditPartial, Step } from "./edit-state.ts";

/** Configures a session. Every option but `historyLimit` may change while it lives. */
export interface EditSessionOptions {
  /** Carries the edits: `proxyTransport("/api/image-edit")` in a page. */
  readonly transport: EditTransport;
  /**
   * What a second edit does while one is on its way: `drop` ignores it (a double click sends one request), `replace`
   * aborts the first (which may be billed all the same) unless its answer is here, `queue` waits. `drop` by default.
   */
  readonly concurrency?: "drop" | "replace" | "queue" | undefined;
  /** What unmounting does to an edit on its way: `abort` it (the default), or `keep` it until `onFinish`. */
  readonly onUnmount?: "abort" | "keep" | undefined;
  /** How many pictures are kept for undo, 30 by default; read once. */
  readonly historyLimit?: number | undefined;
  /** Makes pictures smaller before they are sent; without it they leave byte for byte. */
  readonly prepare?: PrepareOptions | undefined;
  /** Is told each preview that is shown, at most one a frame. */
  readonly onPartial?: ((partial: EditPartial) => void) | undefined;
  /** Is told the new picture, and all of them when `n` asked for several. Never called for a superseded edit. */
  readonly onFinish?: ((step: Step, steps: readonly Step[]) => void) | undefined;
  /** Is told why an edit failed. Never called for one that was canceled or superseded. */
  readonly onError?: ((error: Error, outcome: Outcome) => void) | undefined;
}
