import { randomUUID } from "node:crypto";
import type { Job, JobStore } from "@retouch/client/server";
import type { Redis } from "ioredis";
import { checkDurability } from "../redis/check-durability.ts";

/** Options of {@link redisJobStore}. */
export interface RedisJobStoreOptions {
  /** What the names of all keys start with; `retouch:jobs` by default. Handlers that share jobs have the same. */
  readonly prefix?: string | undefined;
  /** Accepts a Redis that may forget a job in a power cut, or when its memory is full: its edit could be sent again. */
  readonly acceptRedisLoss?: boolean | undefined;
}

/** Bytes of a body in one entry: Redis serves others between two of them. */
const chunkBytes = 2 ** 20;

/**
 * Creates a store of the image-edit proxy's jobs in Redis, so that several machines share them. Redis removes a job and
 * its body when it expires. The connection stays the caller's.
 *
 * @throws CliError with the first job, if Redis may forget it: see `acceptRedisLoss`.
 *
 * @example
 * ```ts
 * import { createImageEditHandler } from "@retouch/client/server";
 * import { redisJobStore } from "@retouch/queue";
 * import { Redis } from "ioredis";
 *
 * const store = redisJobStore(new Redis("redis://127.0.0.1:6379"));
 * const handler = createImageEditHandler({ apiKey, authorize, jobs: { store, owner } });
 * ```
 */
export function redisJobStore(redis: Redis, options: RedisJobStoreOptions = {}): JobStore {
  const { prefix = "retouch:jobs", acceptRedisLoss = false } = options;
  let checked: Promise<void> | undefined;

  /** The braces put a job and its body into one slot of a cluster. */
  const keyOf = (id: string, kind: "job" | "body"): string => {
    if (!/^[\w-]{1,80}$/.test(id)) throw new RangeError("The id of a job is not a name.");
    return `${prefix}:{${id}}:${kind}`;
  };

  function check(): Promise<void> {
    checked ??= checkDurability(redis).catch((error: unknown) => {
      checked = undefined;
      throw error;
    });
    return checked;
  }

  /** Stores a body under a name of its own. Its first entry says whose chunks follow, and how many. */
  async function storeBody(key: string, body: Uint8Array, expiresAt: number): Promise<string> {
    const name = `${key}:${randomUUID()}`;
    const count = Math.ceil(body.length / chunkBytes);
    const header = redis.multi().rpush(name, `${randomUUID()} ${count}`).pexpireat(name, expiresAt);
    throwFailed(await header.exec());
    for (let start = 0; start < body.length; start += chunkBytes) {
      const chunk = body.subarray(start, start + chunkBytes);
      await redis.rpush(name, Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
    }
    return name;
  }

  return {
    async add(job) {
      if (!acceptRedisLoss) await check();
      const key = keyOf(job.id, "job");
      return (await redis.set(key, JSON.stringify(job), "PXAT", job.expiresAt, "NX")) === "OK";
    },

    async get(id) {
      const text = await redis.get(keyOf(id, "job"));
      return text === null ? undefined : (JSON.parse(text) as Job);
    },

    async put(job, body) {
      const bodyKey = keyOf(job.id, "body");
      const stored = body === undefined ? undefined : await storeBody(bodyKey, body, job.expiresAt);
      // At once: a job that is done has its body.
      const change = redis.multi();
      if (stored !== undefined) change.rename(stored, bodyKey);
      change.pexpireat(bodyKey, job.expiresAt);
      change.set(keyOf(job.id, "job"), JSON.stringify(job), "PXAT", job.expiresAt);
      throwFailed(await change.exec());
    },

    async getBody(id) {
      const key = keyOf(id, "body");
      for (;;) {
        const header = await redis.lindex(key, 0);
        if (header === null) return undefined;
        const chunks: Buffer[] = [];
        for (let index = 1; index <= Number(header.split(" ")[1]); index++) {
          const chunk = await redis.lindexBuffer(key, index);
          if (chunk !== null) chunks.push(chunk);
        }
        // Another process may have replaced or removed it meanwhile.
        if ((await redis.lindex(key, 0)) === header) return new Uint8Array(Buffer.concat(chunks));
      }
    },

    async delete(id) {
      await redis.unlink(keyOf(id, "job"), keyOf(id, "body"));
    },
  };
}

/** Throws the first failure of a transaction: `exec` resolves also if a command of it failed. */
function throwFailed(replies: readonly [error: Error | null, result: unknown][] | null): void {
  for (const [error] of replies ?? []) if (error !== null) throw error;
}
