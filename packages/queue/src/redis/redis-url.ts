import { usageError } from "@retouch/cli/journal";

/** Returns what a Redis is called in messages: its host and port, without user and password. */
export function redisName(url: string): string {
  if (!URL.canParse(url)) return "Redis";
  const { host, protocol } = new URL(url);
  return `${protocol}//${host}`;
}

/**
 * Checks the URL of a Redis. No message repeats it: it may have a password.
 *
 * @throws CliError, exit code 2.
 */
export function checkRedisUrl(url: string | undefined, source: string): string {
  if (url === undefined || url === "")
    throw usageError("No Redis is given. Give `--redis redis://HOST:6379`, or set REDIS_URL.");
  if (URL.canParse(url) && /^rediss?:$/.test(new URL(url).protocol) && new URL(url).hostname !== "")
    return url;
  throw usageError(`\`${source}\` must be a URL such as redis://HOST:6379, or rediss:// with TLS.`);
}
