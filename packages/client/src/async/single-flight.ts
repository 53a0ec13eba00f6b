import { abortable } from "./deadline.ts";

/**
 * Returns a function whose concurrent callers share one attempt of `work`. A success is kept for later callers; after a
 * failure, the next call starts a new attempt. An attempt is aborted once every caller that waits for it has aborted.
 */
export function singleFlight<T>(
  work: (signal: AbortSignal) => Promise<T>,
): (signal?: AbortSignal | undefined) => Promise<T> {
  let done: { readonly value: T } | undefined;
  let current: { readonly promise: Promise<T>; waiting: number; release(): void } | undefined;

  function start(): NonNullable<typeof current> {
    const controller = new AbortController();
    const release = (): void => {
      if (current === attempt) current = undefined;
      controller.abort();
    };
    const promise = work(controller.signal)
      .then((value) => {
        done = { value };
        return value;
      })
      .finally(release);
    const attempt = { promise, waiting: 0, release };
    return attempt;
  }

  return async (signal) => {
    signal?.throwIfAborted();
    if (done) return done.value;
    current ??= start();
    const attempt = current;
    attempt.waiting += 1;
    try {
      return await (signal ? abortable(attempt.promise, signal) : attempt.promise);
    } finally {
      attempt.waiting -= 1;
      if (attempt.waiting === 0) attempt.release();
    }
  };
}
