/** Runs tasks concurrently up to a limit; further tasks wait in order. */
export type Semaphore = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** Creates a semaphore with `limit` slots. */
export function createSemaphore(limit: number): Semaphore {
  const waiting: (() => void)[] = [];
  let free = limit;
  return async (work) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      // The slot is passed on directly, so that a later caller cannot take it first.
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}
