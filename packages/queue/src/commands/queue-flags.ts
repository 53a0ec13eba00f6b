import { type ParsedArguments, usageError } from "@retouch/cli/journal";

/** The flags that say which queue of which Redis is meant. */
export interface QueueFlags {
  readonly redis: string;
  readonly queue: string | undefined;
  readonly acceptRedisLoss: boolean;
}

/**
 * Reads the flags of a queue.
 *
 * @throws CliError, exit code 2.
 */
export function readQueueFlags(parsed: ParsedArguments): QueueFlags {
  const given = parsed.text("redis");
  const redis = checkRedisUrl(
    given ?? process.env["REDIS_URL"],
    given === undefined ? "REDIS_URL" : "--redis",
  );
  return { redis, queue: parsed.text("queue"), acceptRedisLoss: parsed.has("accept-redis-loss") };
}
