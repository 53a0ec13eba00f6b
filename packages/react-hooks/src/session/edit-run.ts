import type { Outcome } from "@retouch/client";
import type { CompleteParams } from "../transport/edit-transport.ts";
import type { EditCallbacks } from "./edit-callbacks.ts";
import type { Step } from "./edit-state.ts";
import type { Run } from "./run.ts";
import { toBlob } from "./to-blob.ts";

/** One edit of a session: its snapshot, its signal, and the promise of its caller. */
export class EditRun {
  /** What is sent: with the current image where none was given, once it is known. */
  params: CompleteParams;
  snapshot: Run;
  readonly callbacks: EditCallbacks;
  readonly promise: Promise<Step>;
  readonly #controller = new AbortController();
  readonly signal = this.#controller.signal;
  /** Whether the edit may have been billed. */
  wasSent = false;
  /** Whether the response is here: it is billed, and too late to cancel. */
  hasResponse = false;
  isOver = false;
  /** What `collect` of the transport takes, once it is known. A retry has it from the start: it collects first. */
  job: string | undefined;
  /** Whether an earlier page has sent it: it is collected, never sent. */
  isRestored = false;
  /** Settle `promise`. */
  resolve!: (step: Step) => void;
  reject!: (error: unknown) => void;

  constructor(id: string, params: CompleteParams, callbacks: EditCallbacks = {}, retryOf?: string) {
    this.params = params;
    this.callbacks = callbacks;
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    // Its caller gets the same promise; an edit without one, such as a queued edit of an earlier page, has none.
    this.promise.catch(() => undefined);
    const { image: _image, references: _references, mask, ...fields } = params;
    this.snapshot = {
      id,
      status: "queued",
      params: fields,
      mask: toBlob(mask),
      progress: undefined,
      error: undefined,
      message: undefined,
      outcome: undefined,
      problems: [],
      stepIds: [],
      usage: undefined,
      costUsd: undefined,
      requestId: undefined,
      retryOf,
    };
  }

  /** How the edit ends on the server if it ends now without a response. */
  get outcome(): Outcome {
    return this.wasSent ? "unknown" : "not-sent";
  }

  /** Whether it edits what is current when it starts: the result of the edit before it. */
  get editsCurrent(): boolean {
    return this.params["image"] === undefined;
  }

  set(change: Partial<Run>): void {
    this.snapshot = Object.freeze({ ...this.snapshot, ...change });
  }

  abort(reason: Error): void {
    this.#controller.abort(reason);
  }
}

/** Creates the error of an edit that was stopped on purpose, with a stable `code`. */
export function abortError(code: string, message: string): DOMException {
  return Object.defineProperty(new DOMException(message, "AbortError"), "code", { value: code });
}
