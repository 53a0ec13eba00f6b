import { describe, expect, it } from "vitest";
import { setUpRedis } from "../fixtures/set-up-redis.ts";
import { queueKeys } from "../redis/queue-keys.ts";
import { createLedger } from "./create-ledger.ts";
import { liftHold, readHolds } from "./holds.ts";

const tests = setUpRedis();

const keys = queueKeys("test");
const dayMs = 86_400_000;
const first = { worker: "w1", server: "https://images.test" };
const isoTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);

describe(readHolds, () => {
  it("names the response that holds for longest, from when until when, and a pause since its first call", async () => {
    const ledger = createLedger(tests.redis, keys);
    expect(await readHolds(tests.redis, keys)).toEqual([]);
    await ledger.hold(dayMs, first);
    const [held] = await readHolds(tests.redis, keys);
    expect(held).toMatchObject({ reason: "rate-limited", since: isoTime, until: isoTime, ...first });
    expect(Date.parse(held?.until ?? "") - Date.parse(held?.since ?? "")).toBe(dayMs);
    await ledger.hold(1_000, { worker: "w2", server: "https://other.test" });
    await ledger.setPaused(true);
    const [, paused] = await readHolds(tests.redis, keys);
    await tests.redis.hset(keys.rate, "paused", Date.parse(paused?.since ?? "") - dayMs);
    await ledger.setPaused(true);
    const holds = await readHolds(tests.redis, keys);
    expect(holds).toMatchObject([
      { ...held, remainingMs: expect.any(Number) },
      { reason: "paused", since: isoTime, until: undefined },
    ]);
    expect(Date.parse(paused?.since ?? "") - Date.parse(holds[1]?.since ?? "")).toBe(dayMs);
    await ledger.setPaused(false);
    expect(await readHolds(tests.redis, keys)).toHaveLength(1);
  });

  it("ends a hold as the ledger does, although the clock of Redis was set back", async () => {
    const ledger = createLedger(tests.redis, keys);
    await ledger.hold(2_000, first);
    const [at, until] = (await tests.redis.hmget(keys.rate, "heldAt", "heldUntil")).map(Number) as [
      number,
      number,
    ];
    await tests.redis.hset(keys.rate, { heldAt: at + dayMs, heldUntil: until + dayMs });
    expect(await readHolds(tests.redis, keys)).toMatchObject([{ remainingMs: 2_000 }]);
  });
});

describe(liftHold, () => {
  it("lets workers send before the time that a server asked for, and ends no pause", async () => {
    const ledger = createLedger(tests.redis, keys);
    const key = "a".repeat(32);
    const request = { run: "one", key, worker: "w2", token: "t", attempt: 1, maxUsd: undefined };
    expect(await liftHold(tests.redis, keys)).toBe(false);
    await ledger.hold(dayMs, first);
    expect(await ledger.start(request)).toMatchObject({ verdict: "wait" });
    await ledger.setPaused(true);
    expect(await liftHold(tests.redis, keys)).toBe(true);
    expect(await ledger.start(request)).toEqual({ verdict: "paused" });
    await ledger.setPaused(false);
    expect(await ledger.start(request)).toMatchObject({ verdict: "go" });
  });

  it("lifts no hold that comes while it looks", async () => {
    const ledger = createLedger(tests.redis, keys);
    const lifting = liftHold(tests.redis, keys);
    await ledger.hold(dayMs, first);
    expect(await lifting).toBe(false);
    expect(await readHolds(tests.redis, keys)).toMatchObject([first]);
  });
});
