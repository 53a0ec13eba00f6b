import { readdir } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createQueueWorld, type QueueWorld } from "./queue-world.ts";
import { startWorker, type WorkerProcess } from "./worker-process.ts";

let world: QueueWorld;
const workers: WorkerProcess[] = [];
beforeAll(async () => {
  world = await createQueueWorld("fast");
});
afterAll(async () => {
  for (const worker of workers) worker.signal("SIGKILL");
  await Promise.all(workers.map(({ ended }) => ended));
  await world.close();
});

async function start(state: string): Promise<WorkerProcess> {
  const { directory, redisServer, billing, queue } = world;
  const worker = await startWorker(directory, state, {
    redis: redisServer.url,
    queue,
    root: directory,
    baseUrl: billing.url,
    intervalMs: 5,
    locks: { durationMs: 5_000, lookMs: 200 },
  });
  workers.push(worker);
  return worker;
}

describe("a queue of rows", () => {
  it("bills a row once whose worker is killed, and reports it unknown until a person asks", async () => {
    const { billing, directory } = world;
    billing.hold();
    const first = await start("a");
    const producer = await world.feed("row", 5);
    await first.until(
      "three rows were sent",
      (events) => events.filter((e) => e.type === "started").length === 3,
    );
    await expect.poll(() => billing.posts.size).toBe(3);
    first.signal("SIGKILL");
    await first.ended;
    billing.release();
    const second = await start("b");
    expect(await producer.ended).toBe("done");
    expect(producer.counts).toMatchObject({ saved: 2, unknown: 3, failed: 0 });
    expect([...billing.posts.values()]).toEqual([1, 1, 1, 1, 1]);
    // The records of the first worker say no more, and it sends nothing.
    const again = await start("a");
    expect(again.events).toContainEqual({ type: "finished-left", rows: 3 });
    const asked = await world.feed("row", 5, { retryUnknown: true });
    expect(await asked.ended).toBe("done");
    expect(asked.counts).toMatchObject({ saved: 5, unknown: 0 });
    expect([...billing.posts.values()].sort()).toEqual([1, 1, 2, 2, 2]);
    expect((await readdir(path.join(directory, "out"))).length).toBe(5);
    for (const worker of [second, again]) worker.signal("SIGTERM");
    await Promise.all([second.ended, again.ended]);
  });
});
