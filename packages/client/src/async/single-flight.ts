import { abortable } from "./deadline.ts";

/**
 * Makes one attempt serve everybody who asks while it lasts, and everybody after it has succeeded; one that failed is
 * begun again by whoever asks next. It ends when the last who waits for it has left.
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
