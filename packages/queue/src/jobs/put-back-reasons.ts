import type { Redis } from "ioredis";

/** Why rows of a run go back into the queue instead of being sent. */
export interface QueueReason {
  readonly code: string;
  readonly message: string;
  readonly worker: string;
}

/** Rows come round every few seconds, so a reason that is older no longer holds. */
const keptSeconds = 60;
/** Between two reports of one reason: a thousand rows may have it. */
const reportMs = 1_000;

/** Creates a function that reports to the producers of a run, and to `status`, why a row was put back. It never rejects. */
export function createReasonReport(
  redis: Redis,
  now: () => number,
): (name: string, reason: QueueReason) => void {
  const reported = new Map<string, number>();
  return (name, reason) => {
    const id = `${name} ${reason.code}`;
    if (now() - (reported.get(id) ?? Number.NEGATIVE_INFINITY) < reportMs) return;
    reported.set(id, now());
    redis
      .multi()
      .hset(name, reason.code, JSON.stringify(reason))
      .expire(name, keptSeconds)
      .exec()
      .catch(() => undefined);
  };
}

/** Reads why workers have put rows of a run back within the last minute. */
export async function readReasons(redis: Redis, name: string): Promise<QueueReason[]> {
  const found = await redis.hgetall(name);
  return Object.values(found).map((text) => JSON.parse(text) as QueueReason);
}
