/** Runs work at once up to a limit; what comes beyond it waits for its turn, in order. */
export type Semaphore = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** Creates turns, of which at most `limit` are taken at the same time. */
export function createSemaphore(limit: number): Semaphore {
  const waiting: (() => void)[] = [];
  let free = limit;
  return async (work) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      // A turn is handed over, so that nobody who comes later takes it first.
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}
