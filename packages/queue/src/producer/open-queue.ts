import { CliError, exitCodes } from "@retouch/cli/journal";
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import type { RowJob } from "../jobs/row-job.ts";
import { createLedger } from "../ledger/create-ledger.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { queueKeys } from "../redis/queue-keys.ts";
import { redisName } from "../redis/redis-url.ts";

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
export async function openQueue({ redis: url, queue: name = "retouch" }: QueuePlace): Promise<OpenQueue> {
  const redis = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: null, enableAutoPipelining: true });
  let last: unknown;
  redis.on("error", (error) => {
    last = error;
  });
  await redis.connect().catch((error: unknown) => {
    redis.disconnect();
    const cause = last ?? error;
    throw new CliError(`${redisName(url)} cannot be reached.`, {
      exitCode: exitCodes.network,
      code: "network",
      cause,
    });
  });
  const keys = queueKeys(name);
  const jobs = new Queue<RowJob>(`{${name}}`, { connection: redis, prefix: "retouch" });
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
