import type { EditedImage, ModelName, Problem, UploadProgress } from "@retouch/client";
import { isInvalidInputError, isRetouchError } from "@retouch/client/browser";
import type { CompleteParams } from "../transport/edit-transport.ts";
import type { EditInput } from "./edit-input.ts";
import { WaitingLine } from "./edit-queue.ts";
import type { EditSessionOptions } from "./edit-session-options.ts";
import { type EditState, idleState, type Step } from "./edit-state.ts";
import { ObjectUrls } from "./object-urls.ts";
import { Previews } from "./previews.ts";
import { type Performed, performEdit } from "./run-edit.ts";
import { StepTree } from "./step-tree.ts";

/** Is one edit on its way. Only the session's newest run may write its state. */
interface Run {
  readonly controller: AbortController;
  /** From here on it may be billed. */
  wasSent: boolean;
  /** From here on it is paid for, and too late to cancel. */
  answered: boolean;
}

/**
 * Runs edits, keeps what came back as a tree of pictures, and owns every object URL of them.
 * It has never heard of React; `useImageEdit` watches it.
 *
 * @example
 * const session = new EditSession({ transport: proxyTransport("/api/image-edit") });
 * session.subscribe(() => render(session.getSnapshot()));
 * await session.edit({ model: "gpt-image-1", image: file, prompt: "make it night" });
 * session.dispose();
 */
export class EditSession {
  #options: EditSessionOptions;
  #state: EditState = idleState;
  #run: Run | undefined;
  #checks = 0;
  #last: CompleteParams | undefined;
  #holders = 0;
  #disposed = false;
  readonly #waiting = new WaitingLine<CompleteParams>();
  readonly #urls = new ObjectUrls();
  readonly #tree: StepTree;
  readonly #previews = new Previews(this.#urls);
  readonly #listeners = new Set<() => void>();

  constructor(options: EditSessionOptions) {
    this.#options = options;
    this.#tree = new StepTree(options.historyLimit ?? 30, this.#urls);
  }

  /** Watches the state; the answer stops watching. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Gives the state of this moment: the same object until something changes. */
  readonly getSnapshot = (): EditState => this.#state;

  /** Gives the state that a server renders and a page hydrates with. */
  readonly getServerSnapshot = (): EditState => idleState;

  /** Counts the object URLs that are alive; zero after `dispose`. */
  get liveUrls(): number {
    return this.#urls.count;
  }

  /** Replaces the options: callbacks count from the next event on, everything else from the next edit on. */
  readonly configure = (options: EditSessionOptions): void => {
    this.#options = options;
  };

  /**
   * Edits a picture, by default the current one, and never rejects: the state says how it went.
   * Resolves with the new picture, or with `undefined` when there is none.
   */
  readonly edit = <const M extends ModelName | undefined = undefined>(
    params: EditInput<M>,
  ): Promise<Step | undefined> => this.editOrThrow(params).catch(() => undefined);

  /**
   * Edits like `edit`, and rejects with what went wrong: a `RetouchError`, or an `AbortError` for an edit that was
   * canceled, superseded or dropped.
   */
  readonly editOrThrow = <const M extends ModelName | undefined = undefined>(
    params: EditInput<M>,
  ): Promise<Step> => this.#request({ ...params });

  /** Sends the last edit again, with the picture it had. One whose outcome is `unknown` may be billed twice. */
  readonly retry = (): Promise<Step | undefined> =>
    this.#last === undefined ? Promise.resolve(undefined) : this.#request(this.#last).catch(() => undefined);

  /** Finds what is wrong with the parameters, for a form; sends nothing. `problems` holds the newest check. */
  readonly check = async <const M extends ModelName | undefined = undefined>(
    params: EditInput<M>,
  ): Promise<readonly Problem[]> => {
    this.#checks += 1;
    const number = this.#checks;
    const problems = await this.#findProblems({ ...params });
    if (number === this.#checks && this.#run === undefined && !this.#disposed) this.#set({ problems });
    return problems;
  };

  /**
   * Stops the edit on its way and all that wait. The connection is closed, through the proxy up to the server; what was
   * sent may be billed all the same, and `outcome` says so. An answer that is already here is kept: it is paid for.
   */
  readonly cancel = (): void => {
    const run = this.#run;
    const stops = run !== undefined && !run.answered;
    if (!stops && this.#waiting.length === 0) return;
    this.#waiting.refuse(abortError("The edit was canceled before it was sent."));
    if (stops) this.#abandon(run, "The edit was canceled.");
    const outcome = run?.wasSent ? "unknown" : "not-sent";
    this.#set(stops ? { status: "canceled", outcome, partial: undefined } : {});
  };

  readonly undo = (): void => this.#show(this.#tree.undo());

  readonly redo = (): void => this.#show(this.#tree.redo());

  /** Makes any picture of the session current; the next edit branches off there. */
  readonly jumpTo = (id: string): void => this.#show(this.#tree.jumpTo(id));

  /** Stops everything and forgets all pictures; with a picture, starts from that one. */
  readonly reset = (image?: Blob): void => {
    this.#clear("The session was reset.");
    if (image !== undefined && !this.#disposed) this.#tree.addSource(image);
    this.#set(idleState);
  };

  /**
   * Keeps the session alive for a component; the answer lets go. When the last has let go and none has come back by the
   * end of the turn (Fast Refresh does), the session disposes of itself.
   */
  readonly retain = (): (() => void) => {
    this.#holders += 1;
    this.#disposed = false;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#holders -= 1;
      queueMicrotask(this.#disposeUnlessHeld);
    };
  };

  /** Stops everything, revokes every object URL and refuses further edits. */
  readonly dispose = (): void => {
    this.#disposed = true;
    this.#clear("The session was disposed of.");
    this.#set(idleState);
  };

  readonly #disposeUnlessHeld = (): void => {
    const kept = this.#options.onUnmount === "keep" && this.#run !== undefined;
    if (this.#holders === 0 && !kept) this.dispose();
  };

  #clear(reason: string): void {
    this.#waiting.refuse(abortError(reason));
    if (this.#run !== undefined) this.#abandon(this.#run, reason);
    this.#checks += 1;
    this.#last = undefined;
    this.#tree.clear();
  }

  async #request(params: CompleteParams): Promise<Step> {
    if (this.#disposed) throw abortError("The session was disposed of. Nothing was sent.");
    const run = this.#run;
    if (run === undefined) return this.#start(params);
    switch (this.#options.concurrency) {
      case "queue":
        return this.#wait(params);
      case "replace":
        // An answer that is here is paid for: it enters the history before the newer edit starts, from its own picture.
        if (run.answered) return this.#wait(this.#tree.complete(params));
        this.#abandon(run, "A newer edit took the place of this one.");
        return this.#start(params);
      default:
        throw abortError("An edit is on its way: this one was dropped. Nothing was sent.");
    }
  }

  #wait(params: CompleteParams): Promise<Step> {
    const answer = this.#waiting.join(params, this.#start);
    this.#set({});
    return answer;
  }

  readonly #start = async (params: CompleteParams): Promise<Step> => {
    const run: Run = { controller: new AbortController(), wasSent: false, answered: false };
    const { signal } = run.controller;
    this.#run = run;
    this.#checks += 1; // what an older check still finds is not about this edit
    this.#write(run, { ...starting, status: "preparing" });
    try {
      const complete = this.#tree.complete(params);
      this.#last = complete;
      const performed = await performEdit(complete, this.#options, signal, {
        onSend: () => {
          if (run.wasSent) return; // sent again after a 429: progress and status never go back
          run.wasSent = true;
          this.#write(run, { status: "uploading" });
        },
        onUploadProgress: (progress) => this.#showProgress(run, progress),
        onPartial: (image, index) => this.#showPreview(run, image, index),
        onAnswer: () => {
          run.answered = true;
        },
      });
      signal.throwIfAborted();
      return this.#succeed(run, complete, performed);
    } catch (error) {
      this.#fail(run, error);
      throw signal.aborted ? signal.reason : error;
    }
  };

  #succeed(run: Run, params: CompleteParams, performed: Performed): Step {
    const steps = this.#tree.addResults(params, performed);
    const [step] = steps;
    this.#end(run, { status: "success", problems: performed.result.warnings });
    this.#tell(() => this.#options.onFinish?.(step, steps));
    this.#next();
    return step;
  }

  #fail(run: Run, cause: unknown): void {
    if (run !== this.#run) return;
    const error = cause instanceof Error ? cause : new Error("The edit failed.", { cause });
    const outcome = isRetouchError(cause) ? cause.outcome : run.wasSent ? "unknown" : "not-sent";
    const problems = isInvalidInputError(cause) ? cause.problems : [];
    // Whoever waits to edit this one's result would edit, and pay for, another picture.
    this.#waiting.refuse(
      abortError("The edit before this one failed. Nothing was sent."),
      (waiting) => waiting["image"] === undefined,
    );
    this.#end(run, { status: "error", error, outcome, problems });
    this.#tell(() => this.#options.onError?.(error, outcome));
    this.#next();
  }

  #next(): void {
    if (this.#run !== undefined) return; // a callback has started one
    this.#waiting.startNext();
    if (this.#run === undefined && this.#holders === 0 && this.#options.onUnmount === "keep")
      queueMicrotask(this.#disposeUnlessHeld);
  }

  #showProgress(run: Run, { loadedBytes, totalBytes }: UploadProgress): void {
    const fraction = totalBytes > 0 ? Math.min(1, loadedBytes / totalBytes) : 0;
    const { progress, status } = this.#state;
    if (run !== this.#run || (progress !== undefined && fraction <= progress.fraction)) return;
    const uploaded = status === "uploading" && fraction === 1;
    this.#write(run, {
      progress: { loadedBytes, totalBytes, fraction },
      status: uploaded ? "processing" : status,
    });
  }

  #showPreview(run: Run, image: EditedImage, index: number): void {
    if (run !== this.#run || run.answered) return;
    void this.#previews.offer(image, index, (partial) => {
      this.#write(run, { status: "streaming", partial });
      this.#tell(() => this.#options.onPartial?.(partial));
    });
  }

  async #findProblems(params: CompleteParams): Promise<readonly Problem[]> {
    try {
      return (await this.#options.transport.check(this.#tree.complete(params))).problems;
    } catch (error) {
      if (isInvalidInputError(error)) return error.problems;
      throw error;
    }
  }

  #show(moved: boolean): void {
    if (moved) this.#set({});
  }

  /** Stops a run for good: from here on it is not current, and nothing it does is seen. Whoever calls it sets the state. */
  #abandon(run: Run, reason: string): void {
    this.#previews.clear();
    this.#run = undefined;
    run.controller.abort(abortError(reason));
  }

  #end(run: Run, patch: Partial<EditState>): void {
    if (run !== this.#run) return;
    this.#previews.clear();
    this.#run = undefined;
    this.#set({ partial: undefined, ...patch });
  }

  #write(run: Run, patch: Partial<EditState>): void {
    if (run === this.#run) this.#set(patch);
  }

  #set(patch: Partial<EditState>): void {
    const queued = this.#waiting.length;
    this.#state = Object.freeze({ ...this.#state, ...patch, ...this.#tree.view, queued });
    for (const listener of this.#listeners) listener();
  }

  /** Calls the user's code; what it throws is the page's error, not this edit's. */
  #tell(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}

const starting: Partial<EditState> = {
  progress: undefined,
  partial: undefined,
  error: undefined,
  outcome: undefined,
  problems: idleState.problems,
};

function abortError(message: string): DOMException {
  return new DOMException(message, "AbortError");
}
