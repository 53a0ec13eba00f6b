import type { EditedImage, Outcome, UploadProgress } from "@retouch/client";
import { isInvalidInputError, isRetouchError } from "@retouch/client/browser";
import type { CompleteParams } from "../transport/edit-transport.ts";
import type { EditSessionOptions } from "./edit-session-options.ts";
import { type EditPartial, type EditState, idleState } from "./edit-state.ts";
import type { Previews } from "./previews.ts";
import { type RunResult, runEdit } from "./run-edit.ts";
import type { SessionStore } from "./session-store.ts";

/** One edit in progress. Once it has ended or was aborted, nothing it does reaches the state. */
export class EditRun {
  readonly #store: SessionStore;
  readonly #previews: Previews;
  readonly #onPartial: (partial: EditPartial) => void;
  readonly #controller = new AbortController();
  readonly signal = this.#controller.signal;
  /** Whether the edit may have been billed. Only the run itself sets it. */
  wasSent = false;
  /** Whether the response is here: it is billed, and too late to cancel. Only the run itself sets it. */
  hasResponse = false;
  #isOver = false;

  constructor(store: SessionStore, previews: Previews, onPartial: (partial: EditPartial) => void) {
    this.#store = store;
    this.#previews = previews;
    this.#onPartial = onPartial;
  }

  /** Clears what the previous edit showed. */
  begin(): void {
    const { progress, partial, error, outcome, problems } = idleState;
    this.#write({ progress, partial, error, outcome, problems, status: "preparing" });
  }

  /** Sends the edit once and reads its images. Rejects with the reason of `abort`. */
  send(params: CompleteParams, options: EditSessionOptions): Promise<RunResult> {
    return runEdit(params, options, this.signal, {
      onSend: () => {
        if (this.wasSent) return; // sent again after a 429: progress and status never go back
        this.wasSent = true;
        this.#write({ status: "uploading" });
      },
      onUploadProgress: (progress) => this.#showProgress(progress),
      onPartial: (image, index) => this.#showPreview(image, index),
      onResponse: () => {
        this.hasResponse = true;
      },
    });
  }

  /** Publishes the result. */
  succeed({ result }: RunResult): void {
    this.#end({ status: "success", problems: result.warnings });
  }

  /** Publishes the failure, and returns it as the user's callback takes it. */
  fail(cause: unknown): { readonly error: Error; readonly outcome: Outcome } {
    const error = cause instanceof Error ? cause : new Error("The edit failed.", { cause });
    const outcome = isRetouchError(cause) ? cause.outcome : this.wasSent ? "unknown" : "not-sent";
    const problems = isInvalidInputError(cause) ? cause.problems : [];
    this.#end({ status: "error", error, outcome, problems });
    return { error, outcome };
  }

  /** Stops the run without a final state, which its caller publishes. */
  abort(reason: string): void {
    this.#isOver = true;
    this.#previews.clear();
    this.#controller.abort(abortError(reason));
  }

  #showProgress({ loadedBytes, totalBytes }: UploadProgress): void {
    const fraction = totalBytes > 0 ? Math.min(1, loadedBytes / totalBytes) : 0;
    const { progress, status } = this.#store.getSnapshot();
    if (progress !== undefined && fraction <= progress.fraction) return;
    const isUploaded = status === "uploading" && fraction === 1;
    this.#write({
      progress: { loadedBytes, totalBytes, fraction },
      status: isUploaded ? "processing" : status,
    });
  }

  #showPreview(image: EditedImage, index: number): void {
    if (this.#isOver || this.hasResponse) return;
    void this.#previews.offer(image, index, (partial) => {
      this.#write({ status: "streaming", partial });
      this.#onPartial(partial);
    });
  }

  #end(patch: Partial<EditState>): void {
    this.#isOver = true;
    this.#previews.clear();
    this.#store.update({ partial: undefined, ...patch });
  }

  #write(patch: Partial<EditState>): void {
    if (!this.#isOver) this.#store.update(patch);
  }
}

/** Creates the error of an edit that was stopped on purpose. */
export function abortError(message: string): DOMException {
  return new DOMException(message, "AbortError");
}
