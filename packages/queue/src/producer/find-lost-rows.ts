import type { PreparedRun } from "./prepare-run.ts";
import { hasJobs } from "./queue-jobs.ts";
import type { RunProgress } from "./run-progress.ts";

/** How often a row is queued whose worker was lost before it was sent. */
const maxDeliveries = 3;

/**
 * Creates a function that finds rows in the queue whose job is gone although no event said how they ended: their worker
 * died, or the event is of another run with the same row. The ledger knows how they ended. It returns the rows to queue
 * again, which were never sent.
 */
export function createLostRowFinder(
  prepared: PreparedRun,
  progress: RunProgress,
): () => Promise<readonly number[]> {
  let before: ReadonlySet<number> = new Set();
  return () => {
    const rows = [...progress.outstanding.keys()];
    // The event of a row that has just ended may be on its way.
    const candidates = rows.filter((index) => before.has(index));
    before = new Set(rows);
    return findLostRows(candidates, prepared, progress);
  };
}

async function findLostRows(
  candidates: readonly number[],
  { queue, checked: { rows } }: PreparedRun,
  progress: RunProgress,
): Promise<readonly number[]> {
  const { outstanding } = progress;
  const found = await hasJobs(
    queue,
    candidates.map((index) => rows.keyOf(index)),
  );
  const again: number[] = [];
  for (const index of candidates.filter((_, at) => found[at] === false)) {
    const row = await queue.ledger.get(rows.keyOf(index));
    // Its event came meanwhile.
    if (!outstanding.has(index)) continue;
    if (row?.end !== undefined) progress.settle(index, { ...row, end: row.end });
    else if (row?.sentAt !== undefined) {
      const message = `Sent by ${row.worker}, which ended without a word of it. It may be billed.`;
      progress.settle(index, { ...row, end: "unknown", code: "unresolved_edit", message });
    } else if ((outstanding.get(index) ?? 0) < maxDeliveries) again.push(index);
    else {
      const message = `It was queued ${maxDeliveries} times, and no worker came to send it.`;
      progress.settle(index, { end: "failed", code: "not_started", message });
    }
  }
  return again;
}
