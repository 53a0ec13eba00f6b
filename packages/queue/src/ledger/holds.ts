import type { Redis } from "ioredis";
import type { queueKeys } from "../redis/queue-keys.ts";

/** Why no worker of a queue sends anything. Times are in ISO 8601, by the clock of Redis. */
export interface Hold {
  /** A server responded with 429, or a person paused the queue. */
  readonly reason: "rate-limited" | "paused";
  /** Unknown for one that an older version has stored. */
  readonly since: string | undefined;
  /** Undefined for a pause, which a person ends. */
  readonly until: string | undefined;
  /** Milliseconds from now until then. */
  readonly remainingMs: number | undefined;
  /** The worker that got the 429, and from which server. */
  readonly worker: string | undefined;
  readonly server: string | undefined;
}

type Keys = Pick<ReturnType<typeof queueKeys>, "rate">;

/** Reads what holds a queue now. */
export async function readHolds(redis: Redis, { rate }: Keys): Promise<Hold[]> {
  const [found, [seconds = 0, micros = 0]] = await Promise.all([redis.hgetall(rate), redis.time()]);
  const now = Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
  const holds: Hold[] = [];
  const heldAt = Number(found["heldAt"] ?? 0);
  // As the ledger does if the clock was set back.
  const until = Number(found["heldUntil"] ?? 0) - Math.max(0, heldAt - now);
  if (until > now) {
    const since = toIso(found["heldSince"]);
    const { heldBy: worker, heldServer: server } = found;
    const at = toIso(until);
    holds.push({ reason: "rate-limited", since, until: at, remainingMs: until - now, worker, server });
  }
  if (found["paused"] !== undefined) {
    const since = toIso(found["paused"]);
    const none = { until: undefined, remainingMs: undefined, worker: undefined, server: undefined };
    holds.push({ reason: "paused", since, ...none });
  }
  return holds;
}

/** `KEYS`: rate. In one script: a hold that comes later stays. */
const lift = `
local time = redis.call('TIME')
local at = time[1] * 1000 + math.floor(time[2] / 1000)
local held = redis.call('HMGET', KEYS[1], 'heldUntil', 'heldAt')
local heldUntil = (tonumber(held[1]) or 0) - math.max(0, (tonumber(held[2]) or 0) - at)
redis.call('HDEL', KEYS[1], 'heldUntil', 'heldAt', 'heldSince', 'heldBy', 'heldServer')
return heldUntil > at and 1 or 0
`;

/** Lets workers send before the time that a server asked for. Returns whether there was such a hold. */
export async function liftHold(redis: Redis, { rate }: Keys): Promise<boolean> {
  return (await redis.eval(lift, 1, rate)) === 1;
}

/** Returns a time in milliseconds as text; an older version stored 1 for a pause. */
function toIso(time: string | number | undefined): string | undefined {
  return Number(time ?? 0) > 1 ? new Date(Number(time)).toISOString() : undefined;
}
