/** Where time and chance come from: the part of `globalThis` that a simulation replaces. @internal */
export interface Runtime {
  setTimeout(work: () => void, delayMs: number): unknown;
  clearTimeout(timer: unknown): void;
  readonly performance: { now(): number };
  readonly Math: { readonly random: () => number };
}

/** The time limit of a call, combined with the caller's own signal. */
export interface Deadline {
  /** Aborts when time is up or the caller aborts. */
  readonly signal: AbortSignal;
  readonly runtime: Runtime;
  /** True once time is up; false when the caller aborted first. */
  isOver(): boolean;
  remainingMs(): number;
  /** Called when time is up; who sends may put it off. */
  expire: () => void;
  /** Waits for `work`, which may ignore the signal, and rejects when the signal aborts first. */
  race<T>(work: T | PromiseLike<T>): Promise<T>;
  /** Lets a Node process end before time is up, if only the timer is left. */
  unref(): void;
  /** Clears the timer and removes the listener from the caller's signal. Called once, when the call is over. */
  end: () => void;
}

/** Starts the deadline of a call. */
export function startDeadline(
  timeoutMs: number,
  caller?: AbortSignal,
  runtime: Runtime = globalThis as Runtime,
): Deadline {
  const controller = new AbortController();
  const { signal } = controller;
  const endsAt = runtime.performance.now() + timeoutMs;
  // The deadline rejects what waits by itself: a listener on its own signal would take time in every call.
  const waiting = new Set<(reason: unknown) => void>();
  const abort = (reason: unknown): void => {
    controller.abort(reason);
    for (const reject of waiting) reject(signal.reason);
  };
  const onCallerAbort = (): void => abort(caller?.reason);
  let isOver = false;
  const timer = runtime.setTimeout(() => deadline.expire(), timeoutMs);
  if (caller?.aborted) onCallerAbort();
  else caller?.addEventListener("abort", onCallerAbort);

  const race = <T>(work: T | PromiseLike<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      if (signal.aborted) reject(signal.reason);
      // Not Promise.race: it would keep every chunk of the response alive for as long as the signal lives.
      waiting.add(reject);
      // Settled first, then forgotten: `finally` in front takes four more promises and three turns for each chunk.
      void Promise.resolve(work)
        .then(resolve, reject)
        .then(() => waiting.delete(reject));
    });

  const deadline: Deadline = {
    signal,
    runtime,
    expire() {
      isOver = !signal.aborted;
      abort(new DOMException("The time limit of the call passed.", "TimeoutError"));
    },
    isOver: () => isOver,
    remainingMs: () => Math.max(0, endsAt - runtime.performance.now()),
    race,
    unref() {
      // Timers of other runtimes are numbers, and hold nothing.
      (timer as { unref?(): unknown }).unref?.();
    },
    end() {
      runtime.clearTimeout(timer);
      caller?.removeEventListener("abort", onCallerAbort);
    },
  };
  return deadline;
}

/** Waits for a promise that ignores the signal, and rejects with the signal's reason when that aborts first. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
