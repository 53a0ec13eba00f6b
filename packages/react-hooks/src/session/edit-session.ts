// Over 220 lines: these methods are the session's complete API, and a third of the file is their documentation.
import type { ModelName, Problem } from "@retouch/client";
import { isInvalidInputError } from "@retouch/client/browser";
import type { CompleteParams } from "../transport/edit-transport.ts";
import type { EditInput } from "./edit-input.ts";
import { EditQueue } from "./edit-queue.ts";
import { abortError, EditRun } from "./edit-run.ts";
import { checkSessionOptions, type EditSessionOptions } from "./edit-session-options.ts";
import { type EditState, idleState, type Step } from "./edit-state.ts";
import { ObjectUrls } from "./object-urls.ts";
import { Previews } from "./previews.ts";
import { checkEdit, type RunResult } from "./run-edit.ts";
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
  /** The newest run, until it has ended or was aborted. */
  #run: EditRun | undefined;
  #checks = 0;
  #lastParams: CompleteParams | undefined;
  #retainCount = 0;
  #isDisposed = false;
  readonly #queue = new EditQueue<CompleteParams>();
  readonly #urls = new ObjectUrls();
  readonly #tree: StepTree;
  readonly #previews = new Previews(this.#urls);
  readonly #store = new SessionStore(() => ({ ...this.#tree.view, queued: this.#queue.length }));

  constructor(options: EditSessionOptions) {
    checkSessionOptions(options);
    this.#options = options;
    this.#tree = new StepTree(options.historyLimit ?? 30, this.#urls);
  }

  /** Calls `listener` after every change of the state. Returns the function that unsubscribes it. */
  readonly subscribe = this.#store.subscribe;

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
   * Resolves with the new image, or with `undefined` when there is none.
   */
  readonly edit = <const M extends ModelName | undefined = undefined>(
    params: EditInput<M>,
  ): Promise<Step | undefined> => this.editOrThrow(params).catch(() => undefined);

  /**
   * Edits an image like `edit`, but rejects on failure: with a `RetouchError`, or with an `AbortError` when the edit
   * was canceled, superseded or dropped.
   */
  readonly editOrThrow = <const M extends ModelName | undefined = undefined>(
    params: EditInput<M>,
  ): Promise<Step> => this.#request({ ...params });

  /** Sends the last edit again, with the same image. An edit whose outcome is `unknown` may be billed twice. */
  readonly retry = (): Promise<Step | undefined> =>
    this.#lastParams === undefined
      ? Promise.resolve(undefined)
      : this.#request(this.#lastParams).catch(() => undefined);

  /** Returns the problems of the parameters without sending anything. `problems` holds those of the newest check. */
  readonly check = async <const M extends ModelName | undefined = undefined>(
    params: EditInput<M>,
  ): Promise<readonly Problem[]> => {
    this.#checks += 1;
    const number = this.#checks;
    const problems = await this.#findProblems({ ...params });
    if (number === this.#checks && this.#run === undefined && !this.#isDisposed)
      this.#store.update({ problems });
    return problems;
  };

  /**
   * Cancels the edit in progress and all queued ones. The connection is closed, through the proxy up to the server.
   * An edit that was sent may be billed anyway, as `outcome` reports. A response that has arrived is kept, because it
   * is billed.
   */
  readonly cancel = (): void => {
    const run = this.#run;
    const canStop = run !== undefined && !run.hasResponse;
    if (!canStop && this.#queue.length === 0) return;
    this.#queue.reject(abortError("The edit was canceled before it was sent."));
    if (canStop) this.#abort(run, "The edit was canceled.");
    const outcome = run?.wasSent ? "unknown" : "not-sent";
    this.#store.update(canStop ? { status: "canceled", outcome, partial: undefined } : {});
  };

  readonly undo = (): void => this.#updateIf(this.#tree.history.undo());

  readonly redo = (): void => this.#updateIf(this.#tree.history.redo());

  /** Makes any image of the session current; the next edit starts a branch there. */
  readonly jumpTo = (id: string): void => this.#updateIf(this.#tree.history.jumpTo(id));

  /** Aborts everything and removes all images. With an image, starts over from it. */
  readonly reset = (image?: Blob): void => {
    this.#clear("The session was reset.");
    if (image !== undefined && !this.#isDisposed) this.#tree.addSource(image);
    this.#store.update(idleState);
  };

  /**
   * Keeps the session alive for a component. Returns the function that releases it. After the last release the session
   * disposes itself, unless it is retained again within the same tick, as Fast Refresh does.
   */
  readonly retain = (): (() => void) => {
    this.#retainCount += 1;
    this.#isDisposed = false;
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
    this.#clear("The session was disposed.");
    this.#store.update(idleState);
  };

  readonly #disposeUnlessRetained = (): void => {
    const mustFinish = this.#options.onUnmount === "keep" && this.#run !== undefined;
    if (this.#retainCount === 0 && !mustFinish) this.dispose();
  };

  #clear(reason: string): void {
    this.#queue.reject(abortError(reason));
    if (this.#run !== undefined) this.#abort(this.#run, reason);
    this.#checks += 1;
    this.#lastParams = undefined;
    this.#tree.clear();
  }

  async #request(params: CompleteParams): Promise<Step> {
    if (this.#isDisposed) throw abortError("The session was disposed. Nothing was sent.");
    const run = this.#run;
    if (run === undefined) return this.#start(params);
    switch (this.#options.concurrency) {
      case "queue":
        return this.#enqueue(params);
      case "replace":
        // A response that is here is billed: its images are stored before the newer edit starts from its own image.
        if (run.hasResponse) return this.#enqueue(this.#tree.complete(params));
        this.#abort(run, "A newer edit replaced this one.");
        return this.#start(params);
      default:
        throw abortError("Another edit is in progress: this one was dropped. Nothing was sent.");
    }
  }

  #enqueue(params: CompleteParams): Promise<Step> {
    const result = this.#queue.enqueue(params, this.#start);
    this.#store.update();
    return result;
  }

  readonly #start = async (params: CompleteParams): Promise<Step> => {
    const run = new EditRun(this.#store, this.#previews, (partial) =>
      callCallback(() => this.#options.onPartial?.(partial)),
    );
    this.#run = run;
    this.#checks += 1; // the findings of an older check do not describe this edit
    run.begin();
    try {
      const complete = this.#tree.complete(params);
      this.#lastParams = complete;
      const runResult = await run.send(complete, this.#options);
      run.signal.throwIfAborted();
      return this.#succeed(run, complete, runResult);
    } catch (error) {
      this.#fail(run, error);
      throw run.signal.aborted ? run.signal.reason : error;
    }
  };

  #succeed(run: EditRun, params: CompleteParams, runResult: RunResult): Step {
    const steps = this.#tree.addResults(params, runResult);
    const [step] = steps;
    this.#run = undefined;
    run.succeed(runResult);
    callCallback(() => this.#options.onFinish?.(step, steps));
    this.#startNext();
    return step;
  }

  #fail(run: EditRun, cause: unknown): void {
    if (run !== this.#run) return;
    // A queued edit of this one's result would edit, and be billed for, another image.
    this.#queue.reject(
      abortError("The previous edit failed. Nothing was sent."),
      (queued) => queued["image"] === undefined,
    );
    this.#run = undefined;
    const { error, outcome } = run.fail(cause);
    callCallback(() => this.#options.onError?.(error, outcome));
    this.#startNext();
  }

  #startNext(): void {
    if (this.#run !== undefined) return; // a callback has started one
    this.#queue.startNext();
    if (this.#run === undefined && this.#retainCount === 0 && this.#options.onUnmount === "keep")
      queueMicrotask(this.#disposeUnlessRetained);
  }

  async #findProblems(params: CompleteParams): Promise<readonly Problem[]> {
    try {
      return (await checkEdit(this.#tree.complete(params), this.#options)).problems;
    } catch (error) {
      if (isInvalidInputError(error)) return error.problems;
      throw error;
    }
  }

  #updateIf(hasMoved: boolean): void {
    if (hasMoved) this.#store.update();
  }

  #abort(run: EditRun, reason: string): void {
    this.#run = undefined;
    run.abort(reason);
  }
}

/** Calls user code. An error it throws is reported as uncaught and does not fail the edit. */
function callCallback(callback: () => void): void {
  try {
    callback();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
