import { CliError, exitCodes } from "@retouch/cli/journal";
import type { Redis } from "ioredis";

/** What the fence rests on: what Redis has acknowledged is on its disk, and stays in its memory. */
const required = { appendonly: "yes", appendfsync: "always", "maxmemory-policy": "noeviction" } as const;

/**
 * Refuses a Redis that may forget in a power cut, or when its memory is full, that a row was sent.
 *
 * @throws CliError, exit code 2.
 */
export async function checkDurability(redis: Pick<Redis, "config">): Promise<void> {
  const found = await readSettings(redis);
  if (found === undefined) {
    throw refused(
      "This Redis does not show its settings (CONFIG is refused, as managed servers do), so it may forget in a power cut what was sent.",
      "Ask its provider for `appendfsync always` and `noeviction`",
    );
  }
  const wrong = Object.entries(required).filter(([name, value]) => found[name] !== value);
  if (wrong.length === 0) return;
  const seen = wrong.map(([name]) => `\`${name} ${found[name]}\``).join(" and ");
  const wanted = wrong.map(([name, value]) => `\`CONFIG SET ${name} ${value}\``).join(", ");
  throw refused(
    `This Redis may forget what was sent, and a row would then be billed twice: it has ${seen}.`,
    `Set it with ${wanted}`,
  );
}

async function readSettings(redis: Pick<Redis, "config">): Promise<Record<string, string> | undefined> {
  try {
    const found: Record<string, string> = {};
    for (const name of Object.keys(required)) {
      const [, value = ""] = (await redis.config("GET", name)) as string[];
      found[name] = value;
    }
    return found;
  } catch {
    return undefined;
  }
}

function refused(seen: string, advice: string): CliError {
  return new CliError(`${seen} ${advice}, or accept the loss with \`--accept-redis-loss\`.`, {
    exitCode: exitCodes.usage,
    code: "redis_not_durable",
  });
}
