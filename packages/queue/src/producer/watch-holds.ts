import { type Hold, readHolds } from "../ledger/holds.ts";
import type { OpenQueue } from "./open-queue.ts";

/** A shorter wait is over before a person could do anything. */
const longMs = 30_000;

/** Creates a function that reports what holds the queue, each hold once. */
export function createHoldWatch(
  { redis, keys }: OpenQueue,
  report: (hold: Hold) => void,
): () => Promise<void> {
  const reported = new Set<string>();
  return async () => {
    for (const hold of await readHolds(redis, keys)) {
      const { reason, since, remainingMs = longMs } = hold;
      const id = `${reason} ${since}`;
      if (remainingMs < longMs || reported.has(id)) continue;
      reported.add(id);
      report(hold);
    }
  };
}
