import { Queue } from "bullmq";
import type { Redis } from "ioredis";
import type { RowJob } from "../jobs/row-job.ts";
import { createLedger } from "../ledger/create-ledger.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { checkDurability } from "../redis/check-durability.ts";
import { connectRedis } from "../redis/connect-redis.ts";
import { queueKeys } from "../redis/queue-keys.ts";

/** The queue of those who name none. */
export const defaultQueue = "retouch";

/** A queue on its Redis, as producers and the commands that look at it use it. */
export interface OpenQueue {
  readonly name: string;
  readonly redis: Redis;
  readonly jobs: Queue<RowJob>;
  readonly ledger: Ledger;
  readonly keys: ReturnType<typeof queueKeys>;
  close(): Promise<void>;
}

/** Which queue of which Redis is opened. */
interface QueuePlace {
  readonly redis: string;
  readonly queue?: string | undefined;
  readonly acceptRedisLoss?: boolean | undefined;
}

/**
 * Connects to the Redis of a queue.
 *
 * @throws CliError: exit code 7 if it cannot be reached, 2 if it may forget what was sent.
 */
export async function openQueue({
  redis: url,
  queue: name = defaultQueue,
  acceptRedisLoss,
}: QueuePlace): Promise<OpenQueue> {
  const redis = await connectRedis(url);
  try {
    if (acceptRedisLoss !== true) await checkDurability(redis);
  } catch (error) {
    redis.disconnect();
    throw error;
  }
  const keys = queueKeys(name);
  const jobs = new Queue<RowJob>(`{${name}}`, { connection: redis, prefix: "retouch" });
  // Without a listener, BullMQ prints each attempt to connect again, with its stack.
  jobs.on("error", () => undefined);
  return {
    name,
    redis,
    jobs,
    keys,
    ledger: createLedger(redis, keys),
    async close() {
      await jobs.close();
      redis.disconnect();
    },
  };
}
