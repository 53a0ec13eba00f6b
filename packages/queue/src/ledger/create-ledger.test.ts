import { describe, expect, it } from "vitest";
import { setUpRedis } from "../fixtures/set-up-redis.ts";
import { queueKeys } from "../redis/queue-keys.ts";
import { createLedger } from "./create-ledger.ts";
import type { EndReport, StartRequest } from "./ledger.ts";

const tests = setUpRedis();

const keys = queueKeys("test");
const open = () => createLedger(tests.redis, keys);
const key = "a".repeat(32);
const request = (given: Partial<StartRequest> = {}): StartRequest => ({
  run: "one",
  key,
  worker: "w1",
  token: "t1",
  attempt: 1,
  maxUsd: 0.07,
  ...given,
});
const ended = (end: EndReport["end"], given: Partial<EndReport> = {}): EndReport => ({
  run: "one",
  key,
  token: "t1",
  end,
  ...given,
});
const by = { worker: "w1", server: "https://images.test" };
const none = { saved: 0, failed: 0, unknown: 0, unwritten: 0 };

describe(createLedger, () => {
  it("lets one delivery send a row, which is unknown to every other", async () => {
    const ledger = open();
    const first = await ledger.start(request());
    expect(first).toMatchObject({ verdict: "go" });
    // The same call again: its reply was lost.
    expect(await ledger.start(request())).toEqual(first);
    expect(await ledger.start(request({ worker: "w2", token: "t2" }))).toMatchObject({
      verdict: "unknown",
      worker: "w1",
    });
    await ledger.end(ended("unknown", { token: "t2" }));
    expect(await ledger.totals("one")).toEqual({
      reservedUsd: 0,
      spentUsd: 0.07,
      ends: { ...none, unknown: 1 },
    });
    await ledger.end(ended("saved", { usd: 0.04, files: ["out/1.png"] }));
    expect(await ledger.totals("one")).toEqual({
      reservedUsd: 0,
      spentUsd: 0.04,
      ends: { ...none, saved: 1 },
    });
    await ledger.end(ended("failed", { token: "t2", code: "internal" }));
    expect(await ledger.get(key)).toMatchObject({ end: "saved", files: ["out/1.png"], usd: 0.04 });
    expect(await ledger.start(request({ token: "t3" }))).toEqual({ verdict: "saved" });
    expect(await ledger.allowAgain({ key, token: "t1" })).toBe(false);
  });

  it("takes back an attempt that was refused, and its share of the budget", async () => {
    const ledger = open();
    await tests.redis.set(keys.run("one"), JSON.stringify({ maxUsd: 0.1 }));
    expect(await ledger.start(request())).toMatchObject({ verdict: "go" });
    const other = { key: "b".repeat(32), token: "t2" };
    expect(await ledger.start(request(other))).toEqual({ verdict: "over-budget", usd: 0.07, maxUsd: 0.1 });
    expect(await ledger.start(request({ ...other, maxUsd: undefined }))).toEqual({
      verdict: "unpriced",
      maxUsd: 0.1,
    });
    await ledger.takeBack({ key, token: "t2" });
    expect(await ledger.start(request(other))).toMatchObject({ verdict: "over-budget" });
    await ledger.takeBack({ key, token: "t1" });
    expect(await ledger.start(request(other))).toMatchObject({ verdict: "go" });
    expect((await ledger.get(key))?.sentAt).toBeUndefined();
  });

  it("fails a row that was called unknown and turns out to be unsent", async () => {
    const ledger = open();
    await ledger.start(request());
    await ledger.end(ended("unknown", { token: "t2" }));
    await ledger.takeBack({ key, token: "t1" });
    expect(await ledger.get(key)).toMatchObject({ end: "failed", code: "not_started", sentAt: undefined });
    expect(await ledger.totals("one")).toEqual({ reservedUsd: 0, spentUsd: 0, ends: { ...none, failed: 1 } });
    expect(await ledger.start(request({ token: "t3" }))).toMatchObject({ verdict: "go" });
  });

  it("frees the share of an attempt that was not sent, although the image of an earlier one came meanwhile", async () => {
    const ledger = open();
    await ledger.start(request());
    await ledger.end(ended("unknown"));
    await ledger.allowAgain({ key, token: "t1" });
    await ledger.start(request({ token: "t2" }));
    await ledger.end(ended("saved", { files: ["out/1.png"] }));
    expect(await ledger.totals("one")).toMatchObject({ reservedUsd: 0.07, spentUsd: 0.07 });
    await ledger.takeBack({ key, token: "t2" });
    expect(await ledger.get(key)).toMatchObject({ end: "saved", files: ["out/1.png"], usd: 0.07 });
    expect(await ledger.totals("one")).toEqual({
      reservedUsd: 0,
      spentUsd: 0.07,
      ends: { ...none, saved: 1 },
    });
  });

  it("sends the next attempt of a delivery although the refusal before it has not arrived", async () => {
    const ledger = open();
    await ledger.start(request());
    expect(await ledger.start(request({ attempt: 2 }))).toMatchObject({ verdict: "go" });
    // It arrives late, or once more: the second attempt may be billed.
    await ledger.takeBack({ key, token: "t1", attempt: 1 });
    expect((await ledger.get(key))?.sentAt).toBeDefined();
    expect(await ledger.totals("one")).toMatchObject({ reservedUsd: 0.07, spentUsd: 0 });
  });

  it("allows no attempt again that a person has not seen, when what allowed the one before it arrives once more", async () => {
    const ledger = open();
    await ledger.start(request());
    await ledger.end(ended("unknown"));
    const allowed = { key, token: "t1" };
    expect(await ledger.allowAgain(allowed)).toBe(true);
    await ledger.start(request({ token: "t2" }));
    expect(await ledger.allowAgain(allowed)).toBe(false);
    expect(await ledger.start(request({ token: "t3" }))).toMatchObject({ verdict: "unknown" });
  });

  it("sends a rejected row again only if a person allows it, and counts what it may have cost", async () => {
    const ledger = open();
    await ledger.start(request());
    await ledger.end(ended("unknown"));
    expect(await ledger.start(request({ token: "t2" }))).toMatchObject({ verdict: "unknown" });
    expect(await ledger.allowAgain({ key, token: "t1" })).toBe(true);
    expect((await ledger.totals("one")).ends).toEqual(none);
    expect(await ledger.start(request({ token: "t2" }))).toMatchObject({ verdict: "go" });
    await ledger.end(ended("failed", { token: "t2", code: "moderation_blocked", message: "Refused." }));
    // The first attempt may be billed all the same.
    expect(await ledger.start(request({ token: "t3" }))).toMatchObject({ verdict: "unknown" });
    expect(await ledger.get(key)).toMatchObject({
      end: "unknown",
      code: "moderation_blocked",
      message: "Refused.",
      usd: 0.07,
    });
    expect(await ledger.totals("one")).toMatchObject({ spentUsd: 0.07, ends: { ...none, unknown: 1 } });
  });

  it("keeps the interval and a hold over all workers, and lets no worker send while it is paused", async () => {
    const ledger = open();
    expect(await ledger.setInterval(60_000)).toBe(0);
    expect(await ledger.setInterval(60_000)).toBe(60_000);
    expect(await ledger.start(request())).toMatchObject({ verdict: "go" });
    const other = request({ key: "b".repeat(32), worker: "w2", token: "t2" });
    const wait = await ledger.start(other);
    expect(wait).toMatchObject({ verdict: "wait" });
    expect("delayMs" in wait && wait.delayMs).toBeGreaterThan(0);
    await ledger.setInterval(0);
    await ledger.hold(3_600_000, by);
    await ledger.hold(10, by);
    const held = await ledger.start(other);
    expect("delayMs" in held && held.delayMs).toBeGreaterThan(60_000);
    await ledger.setPaused(true);
    expect(await ledger.start(other)).toEqual({ verdict: "paused" });
    await ledger.setPaused(false);
    expect(await ledger.start(other)).toMatchObject({ verdict: "wait" });
  });

  it("goes on after the clock of Redis was set back", async () => {
    const ledger = open();
    await ledger.setInterval(60_000);
    await tests.redis.hset(keys.rate, "last", Date.now() + 3_600_000);
    const wait = await ledger.start(request());
    expect("delayMs" in wait && wait.delayMs).toBe(60_000);
  });

  it("holds no longer than a server asked for, although the clock of Redis was set back", async () => {
    const ledger = open();
    await ledger.hold(2_000, by);
    const [at, until] = (await tests.redis.hmget(keys.rate, "heldAt", "heldUntil")).map(Number) as [
      number,
      number,
    ];
    expect(until - at).toBe(2_000);
    const dayMs = 86_400_000;
    await tests.redis.hset(keys.rate, { heldAt: at + dayMs, heldUntil: until + dayMs });
    const wait = await ledger.start(request());
    expect("delayMs" in wait && wait.delayMs).toBe(2_000);
    await tests.redis.hset(keys.rate, { heldAt: at + dayMs, heldUntil: until + dayMs });
    await ledger.hold(3_000, by);
    const [later, end] = (await tests.redis.hmget(keys.rate, "heldAt", "heldUntil")).map(Number) as [
      number,
      number,
    ];
    expect(end - later).toBe(3_000);
  });

  it("keeps a row small whose task is over", async () => {
    const ledger = open();
    await ledger.start(request());
    const statusUrl = `https://images.test/tasks/${"1".repeat(60)}`;
    await ledger.setTask({ key, token: "t1", task: { taskId: "task-1", statusUrl, dialect: {} } });
    const before = await ledger.get(key);
    await ledger.end(ended("saved", { files: ["out/1.png"] }));
    const { end, task, sentAt, token } = (await ledger.get(key)) ?? {};
    expect([end, task, sentAt, token]).toEqual(["saved", undefined, before?.sentAt, "t1"]);
    // The name that Redis 6 has for it is the other one.
    expect(await tests.redis.object("ENCODING", keys.row(key))).toMatch(/^(?:listpack|ziplist)$/);
  });

  it("allows no attempt again whose task came since a person looked", async () => {
    const ledger = open();
    await ledger.start(request());
    await ledger.end(ended("unknown"));
    const task = { taskId: "task-1", statusUrl: "https://images.test/tasks/1", dialect: {} };
    await ledger.setTask({ key, token: "t1", task });
    expect(await ledger.allowAgain({ key, token: "t1" })).toBe(false);
    expect(await ledger.get(key)).toMatchObject({ end: "unknown", task });
    // The server has forgotten it: only then a person may pay twice.
    await ledger.end(ended("unknown"));
    expect(await ledger.allowAgain({ key, token: "t1" })).toBe(true);
  });

  it("lets no delivery send a row whose image a worker that woke has, although a person asked for it before", async () => {
    const ledger = open();
    await ledger.start(request());
    await ledger.end(ended("unknown", { token: "t2" }));
    await ledger.allowAgain({ key, token: "t1" });
    await ledger.end(ended("unwritten", { code: "bucket_gone" }));
    expect(await ledger.start(request({ token: "t3" }))).toEqual({ verdict: "unwritten" });
    expect(await ledger.get(key)).toMatchObject({ end: "unwritten", code: "bucket_gone", usd: 0.07 });
    const { token } = (await ledger.get(key)) ?? {};
    expect(await ledger.allowAgain({ key, token })).toBe(true);
    expect(await ledger.start(request({ token: "t3" }))).toMatchObject({ verdict: "go" });
  });

  it("calls no row failed for a delivery without a token, such as of a run that is gone", async () => {
    const ledger = open();
    // Redis has lost that it was sent, and its worker knows.
    await ledger.end(ended("unknown"));
    await ledger.end(ended("failed", { token: "", code: "run_missing" }));
    expect(await ledger.get(key)).toMatchObject({ end: "unknown", token: "" });
    expect((await ledger.totals("one")).ends).toEqual({ ...none, unknown: 1 });
  });

  it("counts a row in each run that asks, and reports to all of them when its image comes", async () => {
    const ledger = open();
    await ledger.start(request());
    await ledger.end(ended("unknown", { run: "two", token: "t2" }));
    await ledger.end(ended("unknown", { run: "two", token: "t2" }));
    expect((await ledger.totals("two")).ends).toEqual({ ...none, unknown: 1 });
    await ledger.end(ended("saved", { files: ["1.png"] }));
    expect((await ledger.totals("one")).ends).toEqual({ ...none, saved: 1 });
    expect((await ledger.totals("two")).ends).toEqual({ ...none, saved: 1 });
    const events = await tests.redis.xrange(keys.events("two"), "-", "+");
    expect(events.map(([, fields]) => fields.slice(0, 4))).toEqual([
      ["key", key, "end", "unknown"],
      ["key", key, "end", "saved"],
    ]);
  });

  it("keeps what it stored when Redis is killed and started again", async () => {
    const ledger = open();
    const first = await ledger.start(request());
    await tests.server.kill();
    await tests.server.restart();
    expect(await ledger.start(request({ token: "t2" }))).toMatchObject({
      ...first,
      verdict: "unknown",
    });
  });
});
