import { type ParsedArguments, usageError } from "@retouch/cli/journal";
import type { S3StorageOptions } from "../storage/s3-client.ts";

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
  const redis = parsed.text("redis") ?? process.env["REDIS_URL"];
  if (redis === undefined || redis === "")
    throw usageError("No Redis is given. Give `--redis redis://HOST:6379`, or set REDIS_URL.");
  return { redis, queue: parsed.text("queue"), acceptRedisLoss: parsed.has("accept-redis-loss") };
}

/** Reads the flags of a bucket; the rest is the environment of the SDK. */
export function readS3Flags(parsed: ParsedArguments): S3StorageOptions {
  return { conditionalWrites: parsed.has("check-first") ? "check-first" : "required" };
}
