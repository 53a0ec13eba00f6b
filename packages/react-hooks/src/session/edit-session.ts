// Over 220 lines: these methods are the session's complete API, and a third of the file is their documentation.
import type { EditedImage, ModelName, Problem, UploadProgress } from "@retouch/client";
import { isInvalidInputError, isRetouchError } from "@retouch/client/browser";
import type { OpenStorage } from "../storage/session-storage.ts";
import { noStorage, type StorageState } from "../storage/storage-state.ts";
import type { CompleteParams } from "../transport/edit-transport.ts";
import { callCallback, type EditCallbacks } from "./edit-callbacks.ts";
import type { EditInput } from "./edit-input.ts";
import { abortError, EditRun } from "./edit-run.ts";
import { checkSessionOptions, type EditSessionOptions } from "./edit-session-options.ts";
import { type EditPartial, type EditState, idleState, type Step } from "./edit-state.ts";
import { errorMessage, withMessages, withStorageMessage } from "./messages.ts";
import { ObjectUrls } from "./object-urls.ts";
import { Previews } from "./previews.ts";
import { isKnownEnd, isProxyRefusal, mayCollect } from "./retry-run.ts";
import type { Run } from "./run.ts";
import { checkEdit, collectEdit, type RunEvents, type RunResult, runEdit } from "./run-edit.ts";
import { RunList } from "./run-list.ts";
import { SessionStore } from "./session-store.ts";
import { StepTree } from "./step-tree.ts";

/**
 * An edit session: runs edits, stores their results as a tree of images, and owns every object URL of them.
 * It does not depend on React; `useImageEdit` subscribes to it.
 *
 * @example
 * const session = new EditSession({ transport: proxyTransport("/api/image-edit") });
 * session.subscribe(() => render(session.getSnapshot()));
 * await session.edit({ model: "gpt-image-1", image: file, prompt: "make it night" });
 * session.dispose();
 */
export class EditSession {
  #options: EditSessionOptions;
  /** The run in progress. */
  #run: EditRun | undefined;
  /** The run that the state describes: the one that started last. */
  #shown: EditRun | undefined;
  #problems: readonly Problem[] = idleState.problems;
  #partial: EditPartial | undefined;
  #checks = 0;
  #loads = 0;
  #tab = "";
  #stepIds = 0;
  #runIds = 0;
  #retainCount = 0;
  #isDisposed = false;
  readonly #runs: RunList;
  readonly #urls = new ObjectUrls();
  readonly #tree: StepTree;
  readonly #previews = new Previews(this.#urls);
  readonly #store = new SessionStore(
    () => this.#read(),
    () => {
      this.#urls.flush();
      void this.#storage?.sync();
    },
  );
  #storage: OpenStorage | undefined;
  #isOpening = false;
  #storageState = noStorage;
  #interrupted: (() => Error) | undefined;

  constructor(options: EditSessionOptions) {
    checkSessionOptions(options);
    this.#options = options;
    const limit = options.historyLimit ?? 30;
    // With a storage, other tabs and later pages create ids too.
    if (options.storage !== undefined) this.#tab = `${Math.random().toString(36).slice(2, 10)}-`;
    this.#tree = new StepTree(limit, this.#urls, () => `${this.#tab}${++this.#stepIds}`);
    this.#runs = new RunList(limit);
  }

  /** Calls `listener` after every change of the state. Returns the function that unsubscribes it. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#openStorage();
    return this.#store.subscribe(listener);
  };

  /** Returns the current state: the same object until something changes. */
  readonly getSnapshot = this.#store.getSnapshot;

  /** Returns the state that a server renders and a page hydrates with. */
  readonly getServerSnapshot = (): EditState => idleState;

  /** The number of object URLs that are not revoked; zero after `dispose`. */
  get liveUrls(): number {
    return this.#urls.count;
  }

  /** Replaces the options: callbacks apply from the next event, everything else from the next edit. */
  readonly configure = (options: EditSessionOptions): void => {
    checkSessionOptions(options);
    this.#options = options;
  };

  /**
   * Edits an image, by default the current one. Never rejects: the state holds the error.
   * Resolves with the new image, or with `undefined` when there is none. The callbacks are those of this edit alone, and
   * are called after the session's.
   */
  readonly edit = <const M extends ModelName | undefined = undefined>(
    params: EditInput<M>,
    callbacks?: EditCallbacks,
  ): Promise<Step | undefined> => orUndefined(this.editOrThrow(params, callbacks));

  /**
   * Edits an image like `edit`, but rejects on failure: with a `RetouchError`, or with an `AbortError` when the edit
   * was canceled, superseded or dropped.
   */
  readonly editOrThrow = <const M extends ModelName | undefined = undefined>(
    params: EditInput<M>,
    callbacks?: EditCallbacks,
  ): Promise<Step> => this.#request({ ...params }, callbacks);

  /**
   * Edits the image that a step was made from again: with the step's mask and parameters, and what `changes` replaces. A
   * source is edited itself.
   *
   * @example
   * await session.editAgain(step.id, { prompt: "make it dawn" }); // same mask, new prompt
   */
  readonly editAgain = (
    stepId: string,
    changes: Partial<EditInput>,
    callbacks?: EditCallbacks,
  ): Promise<Step | undefined> => {
    const inputs = this.#tree.inputsOf(stepId);
    if (inputs === undefined) return Promise.resolve(undefined);
    // Other references replace those of the step.
    const image = changes.references === undefined ? inputs["image"] : [inputs["image"]].flat()[0];
    return orUndefined(this.#request({ ...inputs, image, ...changes }, callbacks));
  };

  /**
   * Runs an edit again as a new run, with the same images: the run with this id, or else the last one. Any other
   * argument, such as a click event, means the last one. If its response could not be collected from a proxy with `jobs`,
   * it is collected now. Otherwise the edit is sent again, and one whose outcome is `unknown` may be billed twice.
   */
  readonly retry = (runId?: unknown): Promise<Step | undefined> => {
    const run = typeof runId === "string" ? this.#runs.find(runId) : (this.#shown ?? this.#runs.last);
    return run === undefined
      ? Promise.resolve(undefined)
      : orUndefined(this.#request(run.params, run.callbacks, run));
  };

  /** Returns the problems of the parameters without sending anything. `problems` holds those of the newest check. */
  readonly check = async <const M extends ModelName | undefined = undefined>(
    params: EditInput<M>,
  ): Promise<readonly Problem[]> => {
    this.#checks += 1;
    const number = this.#checks;
    const problems = await this.#findProblems({ ...params });
    if (number === this.#checks && this.#run === undefined && !this.#isDisposed) {
      this.#problems = problems;
      this.#store.update();
    }
    return problems;
  };

  /**
   * Cancels the run with this id, in progress or queued. Any other argument, such as a click event, cancels all of them.
   * The connection is closed, through the proxy up to the server. An edit that was sent may be billed anyway, as
   * `outcome` reports. A response that has arrived is kept, because it is billed.
   */
  readonly cancel = (runId?: unknown): void => {
    const one = typeof runId === "string" ? this.#runs.find(runId) : undefined;
    if (typeof runId === "string") {
      if (one !== undefined) this.#cancel(one);
    } else {
      // The queue first: nothing of it may start when the run in progress ends.
      for (const queued of this.#runs.queued) this.#cancel(queued);
      if (this.#run !== undefined) this.#cancel(this.#run);
    }
    this.#startNext();
  };

  /** Goes back to the image before the current one. */
  readonly undo = (): void => this.#updateIf(this.#tree.history.undo());

  /** Goes forward again, along the branch that `undo` came from. */
  readonly redo = (): void => this.#updateIf(this.#tree.history.redo());

  /** Makes any image of the session current; the next edit starts a branch there. */
  readonly jumpTo = (id: string): void => this.#updateIf(this.#tree.history.jumpTo(id));

  /**
   * Opens an image: it becomes current, beside all others of the session. An edit in progress goes on, and its result is
   * stored without becoming current.
   */
  readonly load = (image: Blob): void => {
    if (this.#isDisposed) return;
    this.#loads += 1;
    this.#tree.addSource(image);
    this.#forget();
    this.#store.update();
  };

  /**
   * Sets the images that an edit without `image` sends after the current one, by the `id` of their steps. A queued edit keeps
   * those of its call. `storage` keeps them over a reload.
   *
   * @example
   * session.setReferences([logo.id]);
   * await session.edit({ model: "gpt-image-1", prompt: "put the logo on the door" });
   */
  readonly setReferences = (ids: readonly string[]): void => {
    this.#tree.referenceIds = ids;
    this.#store.update();
  };

  /** Returns one file with all images, what each was edited from, masks and prompts. `importSession` reads it anywhere. */
  readonly exportSession = async (): Promise<Blob> => {
    const { writeSession } = await import("./session-file.ts");
    const { list, current } = this.#tree.history;
    return writeSession(list, current?.id, (id) => this.#tree.inputsOf(id));
  };

  /**
   * Adds the images of an exported session beside all others, and makes current what was current there.
   *
   * @throws InvalidInputError (`invalid_session`) for another file, or one that is cut: nothing is added.
   */
  readonly importSession = async (file: Blob): Promise<void> => {
    const { readSession } = await import("./session-file.ts");
    const { steps, currentId } = await readSession(file, this.#tree.nextId);
    if (this.#isDisposed) return;
    this.#loads += 1;
    this.#tree.restore(steps, currentId ?? "");
    if (currentId !== undefined) this.#tree.history.jumpTo(currentId);
    this.#store.update();
  };

  /** Aborts everything and removes all images, results included. `load` keeps them. */
  readonly clear = (): void => this.#clear("session_cleared", "The session was cleared.");

  /** Removes the error of the last edit, and what it was about, from the state. Its run keeps them. */
  readonly clearError = (): void => {
    this.#forget();
    this.#store.update();
  };

  /**
   * Keeps the session alive for a component. Returns the function that releases it. After the last release the session
   * disposes itself, unless it is retained again within the same tick, as Fast Refresh does.
   */
  readonly retain = (): (() => void) => {
    this.#retainCount += 1;
    this.#isDisposed = false;
    this.#openStorage();
    let isRetained = true;
    return () => {
      if (!isRetained) return;
      isRetained = false;
      this.#retainCount -= 1;
      queueMicrotask(this.#disposeUnlessRetained);
    };
  };

  /** Aborts everything, revokes every object URL and refuses further edits. */
  readonly dispose = (): void => {
    this.#isDisposed = true;
    for (const run of this.#openRuns()) this.#abort(run, abortError(...disposed));
    // Stored as they ended. What is removed now stays in the storage.
    void this.#storage?.sync().finally(this.#storage.close);
    this.#storage = undefined;
    this.#isOpening = false;
    this.#clear(...disposed);
  };

  readonly #disposeUnlessRetained = (): void => {
    const mustFinish = this.#options.onUnmount === "keep" && this.#run !== undefined;
    if (this.#retainCount === 0 && !mustFinish) this.dispose();
  };

  #read(): EditState {
    const { status, progress, error, message, outcome } = this.#shown?.snapshot ?? idleState;
    return {
      ...this.#tree.view,
      status: status === "queued" ? "idle" : status,
      progress,
      message,
      outcome,
      error: status === "error" ? error : undefined,
      partial: this.#partial,
      problems: this.#problems,
      runs: this.#runs.snapshots,
      queued: this.#runs.queued.length,
      storage: this.#storageState,
    };
  }

  #clear(code: string, reason: string): void {
    const runs = this.#openRuns();
    this.#checks += 1;
    this.#runs.clear();
    this.#tree.clear();
    this.#shown = undefined;
    this.#problems = idleState.problems;
    for (const run of runs) this.#abort(run, abortError(code, reason));
    this.#store.update();
    this.#startNext(); // what a callback has queued
  }

  #openRuns(): readonly EditRun[] {
    return [...this.#runs.queued, ...(this.#run === undefined ? [] : [this.#run])];
  }

  #openStorage(): void {
    const { storage } = this.#options;
    if (storage === undefined || this.#isOpening || this.#isDisposed) return;
    this.#isOpening = true;
    const report = (state: StorageState): void => {
      this.#storageState = withStorageMessage(state, this.#options.messages);
      this.#store.update();
    };
    report({ ...noStorage, status: "opening" });
    const opening = storage.open({
      tab: this.#tab,
      steps: () => this.#tree.history.list,
      current: () => this.#tree.history.current,
      referenceIds: () => this.#tree.referenceIds,
      inputsOf: (id) => this.#tree.inputsOf(id),
      runs: () => this.#runs.all,
      addSteps: (steps, currentId, referenceIds = []) => {
        this.#tree.restore(steps, currentId);
        if (this.#tree.referenceIds.length === 0) this.#tree.referenceIds = referenceIds;
        this.#store.update();
      },
      addRuns: (runs, error) => {
        this.#interrupted = error;
        for (const run of runs) {
          const { error: ended } = run.snapshot;
          if (ended !== undefined) run.set({ message: errorMessage(ended, this.#options.messages) });
        }
        this.#runs.restore(runs);
        this.#store.update();
        this.#startNext();
      },
      report,
    });
    opening.then(
      (opened) => {
        if (!this.#isOpening) return opened.close(); // disposed meanwhile
        this.#storage = opened;
        void opened.sync();
      },
      () => report({ status: "failed", code: "storage_unavailable", message: undefined }),
    );
  }

  /** The state no longer describes a run that has ended. */
  #forget(): void {
    if (this.#run !== undefined) return;
    this.#shown = undefined;
    this.#problems = idleState.problems;
  }

  async #request(params: CompleteParams, callbacks?: EditCallbacks, retried?: EditRun): Promise<Step> {
    if (this.#isDisposed) throw abortError("session_disposed", "The session was disposed. Nothing was sent.");
    const inProgress = this.#run;
    const { concurrency = "drop" } = this.#options;
    if (inProgress !== undefined && concurrency === "drop")
      throw abortError("dropped", "Another edit is in progress: this one was dropped. Nothing was sent.");
    // A response that is here is billed: its images are stored before the newer edit starts from its own image.
    const waits = concurrency === "replace" && inProgress?.hasResponse;
    this.#runIds += 1;
    const id = `run-${this.#tab}${this.#runIds}`;
    const asked = retried === undefined ? this.#tree.withReferences(params) : params;
    const sent = waits ? this.#tree.complete(asked) : asked;
    const run = new EditRun(id, sent, callbacks, retried?.snapshot.id);
    if (retried !== undefined && mayCollect(retried, this.#options.transport)) run.job = retried.job;
    if (inProgress !== undefined && concurrency === "replace" && !waits)
      this.#abort(inProgress, abortError("replaced", "A newer edit replaced this one."));
    this.#runs.add(run);
    if (this.#run === undefined) this.#start(run);
    else this.#store.update();
    return run.promise;
  }

  #start(run: EditRun): void {
    this.#run = run;
    this.#shown = run;
    this.#checks += 1; // the findings of an older check do not describe this edit
    this.#problems = idleState.problems;
    run.set({ status: "preparing" });
    this.#store.update();
    void this.#perform(run);
  }

  async #perform(run: EditRun): Promise<void> {
    const loads = this.#loads;
    try {
      run.params = this.#tree.complete(run.params);
      const events: RunEvents = {
        onSend: () => {
          if (run.wasSent) return; // sent again after a 429: progress and status never go back
          run.wasSent = true;
          this.#set(run, { status: "uploading" });
          return this.#storage?.sync();
        },
        onJob: (job) => {
          run.job = job;
          return this.#storage?.sync();
        },
        onUploadProgress: (progress) => this.#showProgress(run, progress),
        onPartial: (image, index) => this.#showPreview(run, image, index),
        onResponse: () => {
          run.hasResponse = true;
        },
      };
      let result = run.isRestored ? await this.#collect(run, events) : undefined;
      if (!run.isRestored && run.job !== undefined) result = await this.#collectAgain(run, events);
      result ??= await runEdit(run.params, this.#options, run.signal, events);
      if (!run.isOver) this.#succeed(run, result, loads === this.#loads);
    } catch (error) {
      if (!run.isOver) this.#fail(run, error);
    }
  }

  /** Collects what an earlier page has sent. What cannot be collected may have been billed, and is not sent again. */
  async #collect(run: EditRun, events: RunEvents): Promise<RunResult> {
    const { job } = run;
    const collecting =
      job === undefined ? undefined : collectEdit(job, run.params, this.#options, run.signal, events);
    if (collecting === undefined) throw this.#interrupted?.();
    this.#set(run, { status: "processing" });
    return collecting.catch((error) => {
      throw isProxyRefusal(error) ? this.#interrupted?.() : error;
    });
  }

  /** Collects what the retried run has sent. Returns `undefined` when its proxy is known to have nothing that could be collected. */
  async #collectAgain(run: EditRun, events: RunEvents): Promise<RunResult | undefined> {
    const { job = "" } = run;
    const collecting = collectEdit(job, run.params, this.#options, run.signal, events);
    if (collecting !== undefined) run.wasSent = true;
    if (collecting !== undefined) this.#set(run, { status: "processing" });
    try {
      return await collecting;
    } catch (error) {
      run.signal.throwIfAborted();
      if (!isKnownEnd(error, this.#runs.find(run.snapshot.retryOf)?.snapshot.error)) throw error;
    }
    run.job = undefined;
    run.wasSent = false;
    this.#set(run, { status: "preparing" });
    return undefined;
  }

  #showProgress(run: EditRun, { loadedBytes, totalBytes }: UploadProgress): void {
    const fraction = totalBytes > 0 ? Math.min(1, loadedBytes / totalBytes) : 0;
    const { progress, status } = run.snapshot;
    if (progress !== undefined && fraction <= progress.fraction) return;
    this.#set(run, {
      progress: { loadedBytes, totalBytes, fraction },
      status: status === "uploading" && fraction === 1 ? "processing" : status,
    });
  }

  #showPreview(run: EditRun, image: EditedImage, index: number): void {
    if (run.isOver || run.hasResponse) return;
    void this.#previews.offer(image, index, (partial) => {
      this.#partial = partial;
      this.#set(run, { status: "streaming" });
      this.#call(run, "onPartial", partial);
    });
  }

  #succeed(run: EditRun, runResult: RunResult, becomesCurrent: boolean): void {
    const { messages } = this.#options;
    const { usage, requestId, warnings } = runResult.result;
    const steps = this.#tree.addResults(run.params, runResult, { messages, becomesCurrent });
    const [step] = steps;
    this.#problems = withMessages(warnings, messages);
    const costUsd = usage?.costUsd;
    const stepIds = steps.map(({ id }) => id);
    this.#end(run, { status: "success", problems: this.#problems, stepIds, usage, costUsd, requestId });
    this.#call(run, "onFinish", step, steps);
    this.#settle(run, () => run.resolve(step));
    this.#startNext();
  }

  #fail(run: EditRun, cause: unknown): void {
    const error = cause instanceof Error ? cause : new Error("The edit failed.", { cause });
    const outcome = isRetouchError(cause) ? cause.outcome : run.outcome;
    const isInvalid = isInvalidInputError(cause);
    const { messages } = this.#options;
    if (isInvalid) this.#replaceBase(run);
    else {
      // A queued edit of this one's result would edit, and be billed for, another image.
      const reason = abortError("previous_failed", "The previous edit failed. Nothing was sent.");
      for (const queued of this.#runs.queued) if (queued.editsCurrent) this.#abort(queued, reason);
    }
    this.#problems = isInvalid ? withMessages(cause.problems, messages) : idleState.problems;
    const message = errorMessage(error, messages);
    const requestId = isRetouchError(cause) ? cause.requestId : undefined;
    this.#end(run, { status: "error", error, message, outcome, problems: this.#problems, requestId });
    this.#call(run, "onError", error, outcome);
    this.#settle(run, () => run.reject(cause));
    this.#startNext();
  }

  #cancel(run: EditRun): void {
    if (run.hasResponse || run.isOver) return;
    this.#replaceBase(run);
    const isQueued = run.snapshot.status === "queued";
    const message = isQueued ? "The edit was canceled before it was sent." : "The edit was canceled.";
    this.#abort(run, abortError("canceled", message));
  }

  /** Edits queued after one that is left out edit the image that it would have edited, not another one. */
  #replaceBase(run: EditRun): void {
    const { queued } = this.#runs;
    const [image] = [run.params["image"]].flat();
    if (image === undefined) return;
    for (const next of queued.slice(queued.indexOf(run) + 1)) {
      if (!next.editsCurrent) return;
      next.params = { ...next.params, image };
      return; // the ones after it edit its result
    }
  }

  /** Stops a run, in progress or queued. */
  #abort(run: EditRun, error: DOMException): void {
    const { outcome } = run;
    const { messages } = this.#options;
    run.abort(error);
    this.#end(run, { status: "canceled", error, message: errorMessage(error, messages), outcome });
    this.#call(run, "onCancel", outcome, run.snapshot);
    this.#settle(run, () => run.reject(error));
  }

  /** Publishes how a run has ended. Nothing that it does later reaches the state. */
  #end(run: EditRun, change: Partial<Run>): void {
    run.isOver = true;
    if (run === this.#run) {
      this.#run = undefined;
      this.#partial = undefined;
      this.#previews.clear();
    }
    run.set(change);
    this.#store.update();
  }

  #settle(run: EditRun, settle: () => void): void {
    this.#call(run, "onSettled", run.snapshot);
    settle();
  }

  #startNext(): void {
    if (this.#run !== undefined) return; // a callback has started one
    const [next] = this.#runs.queued;
    if (next !== undefined) this.#start(next);
    else if (this.#retainCount === 0 && this.#options.onUnmount === "keep" && !this.#isDisposed)
      queueMicrotask(this.#disposeUnlessRetained);
  }

  async #findProblems(params: CompleteParams): Promise<readonly Problem[]> {
    try {
      const complete = this.#tree.complete(this.#tree.withReferences(params));
      const { problems } = await checkEdit(complete, this.#options);
      return withMessages(problems, this.#options.messages);
    } catch (error) {
      if (isInvalidInputError(error)) return withMessages(error.problems, this.#options.messages);
      throw error;
    }
  }

  #set(run: EditRun, change: Partial<Run>): void {
    if (run.isOver) return;
    run.set(change);
    this.#store.update();
  }

  /** Calls the session's callback, then that of the edit. */
  #call<Name extends keyof EditCallbacks>(
    { callbacks }: EditRun,
    name: Name,
    ...args: Parameters<NonNullable<EditCallbacks[Name]>>
  ): void {
    for (const { [name]: callback } of [this.#options, callbacks])
      callCallback(() => (callback as ((...given: typeof args) => void) | undefined)?.(...args));
  }

  #updateIf(hasMoved: boolean): void {
    if (hasMoved) this.#store.update();
  }
}

const disposed = ["session_disposed", "The session was disposed."] as const;

function orUndefined(step: Promise<Step>): Promise<Step | undefined> {
  return step.catch(() => undefined);
}
