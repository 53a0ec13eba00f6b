import type { RowJob } from "../jobs/row-job.ts";
import type { OpenQueue } from "./open-queue.ts";

/** Returns the id of a row's job. BullMQ refuses ids that are integers, as a key of digits would be. */
function jobId(key: string): string {
  return `r${key}`;
}

/**
 * Adds jobs; of a row whose job is in the queue, none is added. A job is tried once: what was sent may be billed, and
 * the ledger says how it ended. So BullMQ forgets it once it has run.
 */
export async function addJobs({ jobs }: Pick<OpenQueue, "jobs">, rows: readonly RowJob[]): Promise<void> {
  await jobs.addBulk(
    rows.map((data) => ({
      name: "row",
      data,
      opts: { jobId: jobId(data.key), attempts: 1, removeOnComplete: true, removeOnFail: true },
    })),
  );
}

/** Returns which rows have a job in the queue, waiting or running. */
export async function hasJobs(
  { jobs, redis }: Pick<OpenQueue, "jobs" | "redis">,
  keys: readonly string[],
): Promise<readonly boolean[]> {
  const counts = await Promise.all(keys.map((key) => redis.exists(jobs.toKey(jobId(key)))));
  return counts.map((count) => count === 1);
}

/** Returns how many rows wait and run, of all runs of the queue. */
export async function countJobs({ jobs }: Pick<OpenQueue, "jobs">): Promise<{
  readonly waiting: number;
  readonly running: number;
}> {
  const { active = 0, ...others } = await jobs.getJobCounts("waiting", "prioritized", "delayed", "active");
  return { running: active, waiting: Object.values(others).reduce((sum, count) => sum + count, 0) };
}
