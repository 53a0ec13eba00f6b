import { readdir } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PartitionProxy, startPartitionProxy } from "../src/queue/partition.ts";
import { createQueueWorld, type QueueWorld } from "../src/queue/queue-world.ts";
import { startWorker, type WorkerProcess } from "../src/queue/worker-process.ts";

const intervalMs = 15;
const maxUsd = 30;

let world: QueueWorld;
let proxy: PartitionProxy;
const workers: WorkerProcess[] = [];
beforeAll(async () => {
  world = await createQueueWorld("full");
  proxy = await startPartitionProxy(world.redisServer.port);
});
afterAll(async () => {
  for (const worker of workers) worker.signal("SIGKILL");
  await Promise.all(workers.map(({ ended }) => ended));
  await proxy.close();
  await world.close();
});

async function start(state: string, redis = world.redisServer.url): Promise<WorkerProcess> {
  const { directory, billing, queue } = world;
  const locks = { durationMs: 1_500, lookMs: 300 };
  const worker = await startWorker(directory, state, {
    ...{ redis, queue, locks, intervalMs },
    root: directory,
    baseUrl: billing.url,
  });
  workers.push(worker);
  return worker;
}

type Events = WorkerProcess["events"];
const startedBy = (events: Events) =>
  events.flatMap((event) => (event.type === "started" ? [event.key] : []));
const endsBy = (events: Events, end: string) =>
  events.flatMap((event) => (event.type === "ended" && event.end === end ? [event.key] : []));
/** Returns the rows that a worker has sent and whose end it has not reported. */
const inFlight = ({ events }: WorkerProcess) => {
  const ended = new Set(events.flatMap((event) => (event.type === "ended" ? [event.key] : [])));
  return startedBy(events).filter((key) => !ended.has(key));
};
const includesAll = (keys: readonly string[], wanted: readonly string[]) =>
  wanted.every((key) => keys.includes(key));
const sentTwo = (worker: WorkerProcess) =>
  worker.until("two rows were sent", () => inFlight(worker).length >= 2);

describe("a queue of three workers", () => {
  it("bills each row once through kills, a freeze, a Redis that dies, and a partition", async () => {
    const { billing, redisServer, directory } = world;
    billing.hold();
    const [killed, frozen, far] = [
      await start("a"),
      await start("b"),
      await start("c", `redis://127.0.0.1:${proxy.port}`),
    ];
    const first = await world.feed("one", 30, { maxUsd });
    await Promise.all([killed, frozen, far].map(sentTwo));

    killed.signal("SIGKILL");
    await killed.ended;
    // With what it has sent until then.
    const ofKilled = inFlight(killed);
    const ofFrozen = inFlight(frozen);
    frozen.signal("SIGSTOP");
    billing.release();
    // Its jobs go to the only worker that is left, once their locks lapse.
    await far.until("the rows of both were delivered again", (events) =>
      includesAll(endsBy(events, "unknown"), [...ofKilled, ...ofFrozen]),
    );
    frozen.signal("SIGCONT");
    await frozen.until("its rows were saved", (events) => includesAll(endsBy(events, "saved"), ofFrozen));
    expect(await first.ended).toBe("done");

    billing.hold();
    const second = await world.feed("two", 20, { maxUsd });
    await Promise.all([frozen, far].map(sentTwo));
    const ofLost = [...inFlight(frozen), ...inFlight(far)];
    await redisServer.kill();
    await Promise.all(
      [frozen, far].map((worker) =>
        worker.until("Redis was lost", (events) => events.some(({ type }) => type === "redis-lost")),
      ),
    );
    // The responses arrive while Redis is away.
    billing.release();
    await redisServer.restart();
    expect(await second.ended).toBe("done");
    await Promise.all(
      [frozen, far].map((worker) => worker.until("all was reported", () => inFlight(worker).length === 0)),
    );
    expect(includesAll([...endsBy(frozen.events, "saved"), ...endsBy(far.events, "saved")], ofLost)).toBe(
      true,
    );

    billing.hold();
    const third = await world.feed("three", 20, { maxUsd });
    await Promise.all([frozen, far].map(sentTwo));
    const ofFar = inFlight(far);
    proxy.cut();
    billing.release();
    await frozen.until("the rows behind the partition were delivered again", (events) =>
      includesAll(endsBy(events, "unknown"), ofFar),
    );
    proxy.heal();
    await far.until("its rows were saved", (events) => includesAll(endsBy(events, "saved"), ofFar));
    expect(await third.ended).toBe("done");

    const again = await start("a");
    const rows = await world.rows();
    expect(rows).toHaveLength(70);
    // Also a row that was fenced, of which the killed worker has not said so any more.
    const lost = rows.filter(({ end }) => end !== "saved");
    const ofLostRows = lost.map(({ key }) => key);
    expect(includesAll(ofLostRows, ofKilled)).toBe(true);
    expect(lost.every(({ end }) => end === "unknown")).toBe(true);
    // With rows that it had opened and not sent, which other workers have sent since.
    const left = again.events.map((event) => (event.type === "finished-left" ? event.rows : 0));
    expect(Math.max(0, ...left)).toBeGreaterThanOrEqual(lost.length);
    // A kill between a fence and its POST leaves a row that is unknown and was not sent.
    const posted = billing.posts.size;
    expect(posted).toBeGreaterThanOrEqual(70 - lost.length);
    expect([...billing.posts.values()].every((count) => count === 1)).toBe(true);
    const images = await readdir(path.join(directory, "out"));
    expect(images).toHaveLength(70 - lost.length);
    const times = rows.map(({ sentAt }) => sentAt).sort((a, b) => a - b);
    const gaps = times.slice(1).map((time, at) => time - (times[at] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(intervalMs);
    expect(await world.redis.keys("retouch:{full}:r?*:lock")).toEqual([]);

    const asked = await world.feed("one", 30, { maxUsd, retryUnknown: true });
    expect(await asked.ended).toBe("done");
    expect(asked.counts).toMatchObject({ saved: 30, unknown: 0, failed: 0 });
    expect(billing.posts.size).toBe(70);
    expect([...billing.posts.values()].reduce((sum, count) => sum + count)).toBe(posted + lost.length);
    expect(Math.max(...billing.posts.values())).toBe(2);
    for (const name of await world.redis.keys("retouch:{full}:totals:*")) {
      const { reserved, spent } = await world.redis.hgetall(name);
      expect(Number(reserved)).toBe(0);
      expect(Number(spent)).toBeLessThanOrEqual(maxUsd * 1e6);
    }
  });
});
