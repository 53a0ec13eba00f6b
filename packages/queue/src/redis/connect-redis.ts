import { CliError, exitCodes, usageError } from "@retouch/cli/journal";
import { Redis } from "ioredis";

/** Time after which a connection on which nothing arrives counts as lost; a blocking read takes 5 s. */
const silentMs = 15_000;

/**
 * Connects to Redis. Commands wait while it is away and are repeated once it is back, so each of them must be repeatable.
 *
 * @param url - `redis://` or `rediss://`. A password that it lacks is read from `REDIS_PASSWORD`.
 * @throws CliError, exit code 2 for another URL, 7 if Redis cannot be reached. No message has the password.
 */
export async function connectRedis(
  url: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Redis> {
  const shown = redactUrl(url);
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || isSplit(url) || !["redis:", "rediss:"].includes(parsed.protocol))
    throw usageError(
      `${shown} is not the URL of a Redis. Write redis://host:6379, or rediss://host:6379 for TLS. ` +
        "In a password, `/`, `?`, `#` and `@` are written as `%2F`, `%3F`, `%23` and `%40`.",
    );
  const password = env["REDIS_PASSWORD"];
  const redis = new Redis(url, {
    ...(parsed.password === "" && password !== undefined && password !== "" && { password }),
    lazyConnect: true,
    // Commands wait for Redis as long as it takes; BullMQ asks for it too.
    maxRetriesPerRequest: null,
    socketTimeout: silentMs,
  });
  const ready = new Promise<void>((resolve, reject) => {
    redis.once("ready", resolve);
    redis.once("error", reject);
  });
  // Later errors are seen as `close`; without a listener, ioredis prints them with its options.
  redis.on("error", () => undefined);
  redis.connect().catch(() => undefined);
  try {
    await ready;
    return redis;
  } catch (error) {
    redis.disconnect();
    throw new CliError(
      `Redis at ${shown} cannot be used: ${reasonOf(error)}. Check the URL and the password, and that Redis runs.`,
      { exitCode: exitCodes.network, code: "redis_unreachable" },
    );
  }
}

/** Returns a URL without its user and password, for messages. */
export function redactUrl(url: string): string {
  if (!URL.canParse(url) || isSplit(url)) return "The given text";
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

/** Returns whether a `/`, `?` or `#` of the password has ended the host, so that parts of the password look like a host and a path. */
function isSplit(url: string): boolean {
  const { pathname, search, hash } = new URL(url);
  return `${pathname}${search}${hash}`.includes("@");
}

/** Returns what failed in the words of Redis or the system, which have no password. */
function reasonOf(error: unknown): string {
  const { code, message } = error as { readonly code?: string; readonly message?: string };
  if (code !== undefined) return code;
  return (
    /^(?:WRONGPASS|NOAUTH|NOPERM|ERR AUTH|ERR DB index is out of range)/.exec(message ?? "")?.[0] ??
    "it does not answer"
  );
}
