import { randomBytes } from "node:crypto";
import { type Job, memoryJobStore } from "@retouch/client/server";
import { describe, expect, it } from "vitest";
import { setUpRedis } from "../fixtures/set-up-redis.ts";
import { redisJobStore } from "./redis-job-store.ts";

const tests = setUpRedis();

const job = (id: string, more: Partial<Job> = {}): Job => {
  return { id, owner: "o", status: "accepted", expiresAt: Date.now() + 60_000, leaseUntil: 0, ...more };
};

describe.each([
  ["memoryJobStore", () => memoryJobStore()],
  ["redisJobStore", () => redisJobStore(tests.redis)],
] as const)("%s", (_, open) => {
  it("adds a job once, and keeps its body when the job is replaced", async () => {
    const store = open();
    const first = job("a");
    expect([await store.add(first), await store.add(job("a", { owner: "p" }))]).toEqual([true, false]);
    expect([await store.get("a"), await store.getBody("a")]).toEqual([first, undefined]);
    const response = { status: 200, headers: { "content-type": "image/png" }, isCut: false };
    await store.put(job("a", { status: "done", response }), new Uint8Array([1]));
    await store.put(job("a", { status: "done", response, leaseUntil: 5 }));
    expect(await store.get("a")).toMatchObject({ status: "done", response, leaseUntil: 5 });
    expect(await store.getBody("a")).toEqual(new Uint8Array([1]));
    await store.put(job("a"), new Uint8Array());
    expect(await store.getBody("a")).toEqual(new Uint8Array());
    await store.delete("a");
    expect([await store.get("a"), await store.getBody("a")]).toEqual([undefined, undefined]);
    await store.put(job("new"));
    expect(await store.get("new")).toMatchObject({ id: "new" });
  });

  it("lets one of many calls add a job", async () => {
    const stores = open();
    const added = await Promise.all(Array.from({ length: 20 }, () => stores.add(job("many"))));
    expect(added.filter(Boolean)).toHaveLength(1);
  });
});

describe(redisJobStore, () => {
  it("keeps a body of 20 MB in chunks, apart from those of other prefixes", async () => {
    const body = new Uint8Array(randomBytes(20_000_000));
    await redisJobStore(tests.redis).put(job("large", { status: "done" }), body);
    const found = await redisJobStore(tests.redis).getBody("large");
    expect(found !== undefined && Buffer.compare(found, body)).toBe(0);
    expect(await tests.redis.llen("retouch:jobs:{large}:body")).toBe(21);
    expect(await redisJobStore(tests.redis, { prefix: "other" }).get("large")).toBeUndefined();
  });

  it("lets Redis remove a job and its body when it expires, and nothing else stays", async () => {
    const store = redisJobStore(tests.redis);
    const expiresAt = Date.now() + 60_000;
    await store.add(job("a", { expiresAt: expiresAt + 1 }));
    await store.put(job("a", { expiresAt }), new Uint8Array([1, 2]));
    const keys = (await tests.redis.keys("*")).sort();
    expect(keys).toEqual(["retouch:jobs:{a}:body", "retouch:jobs:{a}:job"]);
    expect(await Promise.all(keys.map((key) => tests.redis.pexpiretime(key)))).toEqual([
      expiresAt,
      expiresAt,
    ]);
    await store.put(job("a", { expiresAt: expiresAt + 5 }));
    expect(await tests.redis.pexpiretime("retouch:jobs:{a}:body")).toBe(expiresAt + 5);
    // What is past is gone with the command that says so.
    await store.put(job("a", { expiresAt: 1 }));
    expect(await tests.redis.keys("*")).toEqual([]);
  });

  it("never mixes two bodies", async () => {
    const store = redisJobStore(tests.redis);
    const bodies = [1, 2].map((byte) => new Uint8Array(3 * 2 ** 20).fill(byte));
    await store.put(job("two"), bodies[0]);
    let isReplaced = false;
    // Another process replaces the body after the first chunk was read.
    const reading = new Proxy(tests.redis, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name);
        if (name !== "lindexBuffer") return typeof member === "function" ? member.bind(target) : member;
        return async (key: string, index: number) => {
          const chunk = await target.lindexBuffer(key, index);
          if (!isReplaced) await store.put(job("two"), bodies[1]);
          isReplaced = true;
          return chunk;
        };
      },
    });
    const found = await redisJobStore(reading).getBody("two");
    expect(new Set(found).size).toBe(1);
    expect(found).toHaveLength(3 * 2 ** 20);
  });

  it("refuses a Redis that may forget a job, unless that is accepted", async () => {
    await tests.redis.config("SET", "maxmemory-policy", "allkeys-lru");
    try {
      await expect(redisJobStore(tests.redis).add(job("b"))).rejects.toMatchObject({
        code: "redis_not_durable",
      });
      expect(await tests.redis.exists("retouch:jobs:{b}:job")).toBe(0);
      expect(await redisJobStore(tests.redis, { acceptRedisLoss: true }).add(job("b"))).toBe(true);
    } finally {
      await tests.redis.config("SET", "maxmemory-policy", "noeviction");
    }
  });

  it("accepts no id that would be another name", async () => {
    const store = redisJobStore(tests.redis);
    for (const id of ["", "a:b", "a}b", "x".repeat(81)])
      await expect(store.get(id)).rejects.toThrow(RangeError);
  });
});
