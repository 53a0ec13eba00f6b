import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { access, copyFile, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { type ImageServer, type Respond, startImageServer } from "../fixtures/image-server.ts";
import { openRowFiles, recordsOf } from "../fixtures/open-rows.ts";
import type { QueueWorld } from "../fixtures/queue-world.ts";
import { setUpWorkers } from "../fixtures/start-workers.ts";
import { liftHold } from "../ledger/holds.ts";
import type { Storage } from "../storage/storage.ts";
import { createQueueWorker } from "./create-queue-worker.ts";
import type { QueueWorkerEvent } from "./queue-worker.ts";

const tests = setUpWorkers();
const { startWorker } = tests;

async function setUp(
  rows: number,
  respond?: Respond,
  maxUsd?: number,
): Promise<{ world: QueueWorld; images: ImageServer; queue: string }> {
  const images = await startImageServer(respond);
  tests.cleanUp(() => images.close());
  const options = maxUsd === undefined ? {} : { maxUsd };
  return { images, ...(await tests.createWorld(images.url, rows, options)) };
}

const endsOf = (events: readonly QueueWorkerEvent[]) =>
  events.flatMap((event) => (event.type === "ended" ? [[event.line, event.end]] : []));
const endedCount = (events: readonly QueueWorkerEvent[]) => endsOf(events).length;
const exists = (file: string) =>
  access(file).then(
    () => true,
    () => false,
  );

/** Makes another process the owner of the records of a worker. */
function takeOver(directory: string): void {
  const lock = path.join(directory, "lock");
  const owner = JSON.parse(readFileSync(lock, "utf8")) as object;
  // Another file, which the heartbeat of the worker does not write.
  rmSync(lock);
  writeFileSync(lock, JSON.stringify({ ...owner, token: "of another one" }));
}

describe(createQueueWorker, () => {
  it("sends each row once, puts its image into the storage, and sends none that is delivered again", async () => {
    const { world, images, queue } = await setUp(3);
    await world.add([0, 1, 2]);
    const { worker, events, until } = await startWorker(world, queue);
    await until(() => endedCount(events) === 3);
    expect([...images.posts].sort()).toEqual(["hat 0", "hat 1", "hat 2"]);
    expect(await world.ledger.totals(world.run)).toMatchObject({
      reservedUsd: 0,
      ends: { saved: 3, unknown: 0 },
    });
    expect((await world.ledger.get(world.job(1).key))?.files).toEqual(["out/1.png"]);
    expect((await readFile(path.join(world.root, "out/1.png"))).length).toBeGreaterThan(50);
    await world.add([1]);
    await until(() => endedCount(events) === 4);
    expect(images.posts).toHaveLength(3);
    expect(worker.health()).toEqual({ isReady: true, running: 0, ended: 4 });
    await worker.close();
    expect(worker.health().isReady).toBe(false);
    expect(await world.jobs.getJobCounts()).toMatchObject({ waiting: 0, active: 0, completed: 0, failed: 0 });
  });

  it("takes no row if its storage is closed: an image that cannot be stored is billed all the same", async () => {
    const { world, images, queue } = await setUp(1);
    await world.add([0]);
    const check = () => Promise.reject(new Error("The bucket is closed."));
    await expect(startWorker(world, queue, { storage: { ...world.storage, check } })).rejects.toThrow(
      "The bucket is closed.",
    );
    expect(images.posts).toEqual([]);
    expect(await world.jobs.getJobCounts()).toMatchObject({ waiting: 1, active: 0 });
  });

  it("holds all workers after a 429, and sends the row again once", async () => {
    const { world, images, queue } = await setUp(1, (_, post) =>
      post === 1 ? { status: 429, headers: { "retry-after": "0.05" } } : undefined,
    );
    await world.add([0]);
    const { worker, events, until } = await startWorker(world, queue, { intervalMs: 1 });
    await until(() => endedCount(events) === 1);
    expect(endsOf(events)).toEqual([[1, "saved"]]);
    expect(images.posts).toHaveLength(2);
    expect(events).toContainEqual({ type: "held", delayMs: expect.any(Number) });
    expect(await world.redis.hmget(world.keys.rate, "heldBy", "heldServer")).toEqual([
      worker.name,
      world.server.client.server,
    ]);
  });

  it("asks again within a minute while a server holds the queue for a day, so that a person can lift that", async () => {
    const { world, images, queue } = await setUp(1);
    const system = world.system();
    const slept: number[] = [];
    const { keys, ledger, redis } = world;
    const clock = {
      ...system.clock,
      async sleep(delayMs: number) {
        slept.push(delayMs);
        await liftHold(redis, keys);
      },
    };
    await ledger.hold(86_400_000, { worker: "w1", server: images.url });
    await world.add([0]);
    const { ended } = await startWorker(world, queue, { system: { ...system, clock } });
    expect(await ended()).toMatchObject({ end: "saved" });
    expect(slept).toEqual([60_000]);
  });

  it("reports a row unknown that another delivery has sent, and saved once its image comes", async () => {
    let respond = (): void => undefined;
    const gate = new Promise<undefined>((resolve) => {
      respond = () => resolve(undefined);
    });
    const { world, images, queue } = await setUp(1, () => gate);
    await world.add([0]);
    const slow = await startWorker(world, queue, { concurrency: 1 });
    await slow.until(() => slow.events.some(({ type }) => type === "started"));
    // BullMQ accepts the id again once the job is gone, as after a lock that was lost.
    await world.jobs.obliterate({ force: true });
    await world.add([0]);
    const second = await startWorker(world, queue, { state: "other" });
    await second.until(() => endedCount(second.events) === 1);
    expect(second.events.at(-1)).toMatchObject({ end: "unknown", code: "unresolved_edit" });
    expect((await world.ledger.totals(world.run)).ends).toMatchObject({ unknown: 1, saved: 0 });
    respond();
    await slow.until(() => endedCount(slow.events) === 1);
    expect((await world.ledger.totals(world.run)).ends).toMatchObject({ unknown: 0, saved: 1 });
    expect(images.posts).toEqual(["hat 0"]);
  });

  it("sends nothing above the budget of the run", async () => {
    // The most that a row may cost is USD 0.25 or more.
    const { world, images, queue } = await setUp(4, undefined, 0.7);
    await world.add([0, 1, 2, 3]);
    const { events, until } = await startWorker(world, queue);
    await until(() => endedCount(events) === 4);
    const { spentUsd, reservedUsd, ends } = await world.ledger.totals(world.run);
    expect(spentUsd + reservedUsd).toBeLessThanOrEqual(0.7);
    expect(images.posts).toHaveLength(ends.saved);
    expect(ends.failed).toBe(4 - ends.saved);
    expect(ends.failed).toBeGreaterThan(0);
    expect(events.find((event) => event.type === "ended" && event.end === "failed")).toMatchObject({
      code: "over_budget",
    });
  });

  it("keeps an image that cannot be put, and puts it at the next start without sending", async () => {
    const { world, images, queue } = await setUp(1);
    const refuses = {
      ...world.storage,
      put: async () => {
        throw Object.assign(new Error("The bucket is gone."), { code: "bucket_gone" });
      },
    };
    await world.add([0]);
    const first = await startWorker(world, queue, { storage: refuses });
    await first.until(() => endedCount(first.events) === 1);
    expect(first.events.at(-1)).toMatchObject({ end: "unwritten", code: "bucket_gone" });
    await first.worker.close();
    expect(await exists(path.join(world.root, "out/0.png"))).toBe(false);
    const second = await startWorker(world, queue);
    expect(second.events).toEqual([{ type: "finished-left", rows: 1 }]);
    expect(await exists(path.join(world.root, "out/0.png"))).toBe(true);
    expect((await world.ledger.totals(world.run)).ends).toMatchObject({ unwritten: 0, saved: 1 });
    expect(images.posts).toHaveLength(1);
  });

  it("puts an image that only the open row names, although a person has asked to send the row again", async () => {
    const { world, images, queue } = await setUp(1);
    const put = async () => {
      throw new Error("The bucket is gone.");
    };
    await world.add([0]);
    const first = await startWorker(world, queue, { storage: { ...world.storage, put } });
    await first.until(() => endedCount(first.events) === 1);
    await first.worker.close();
    const { key } = world.job(0);
    const { token } = (await world.ledger.get(key)) ?? {};
    expect(await world.ledger.allowAgain({ key, token })).toBe(true);
    // The one that took the records over has another journal; the first one woke, and stored the open row.
    const [open = ""] = await openRowFiles(world, queue);
    const text = await readFile(open);
    await rm(open);
    await rm(path.join(recordsOf(world, queue), "journal.jsonl"));
    const second = await startWorker(world, queue);
    await writeFile(open, text);
    await world.add([0]);
    await second.until(() => endedCount(second.events) === 1);
    expect(second.events.at(-1)).toMatchObject({ end: "saved", files: ["out/0.png"] });
    expect(images.posts).toHaveLength(1);
    expect((await world.ledger.totals(world.run)).ends).toMatchObject({ saved: 1, unknown: 0 });
  });

  it("overwrites no image of a later attempt with one that could not be put, also with `force`", async () => {
    const { world, images, queue } = await setUp(1);
    const put = async () => {
      throw new Error("The bucket is gone.");
    };
    await world.add([0]);
    const first = await startWorker(world, queue, { storage: { ...world.storage, put } });
    await first.ended();
    await first.worker.close();
    const { key } = world.job(0);
    const { token } = (await world.ledger.get(key)) ?? {};
    expect(await world.ledger.allowAgain({ key, token })).toBe(true);
    await world.add([0]);
    const second = await startWorker(world, queue, { state: "other" });
    expect(await second.ended()).toMatchObject({ end: "saved" });
    expect(images.posts).toHaveLength(2);
    await writeFile(path.join(world.root, "out/0.png"), "of the later attempt");
    const [open = ""] = await openRowFiles(world, queue);
    await writeFile(open, JSON.stringify({ ...JSON.parse(await readFile(open, "utf8")), force: true }));
    const third = await startWorker(world, queue);
    expect(third.events).toEqual([{ type: "finished-left", rows: 1 }]);
    expect(await readFile(path.join(world.root, "out/0.png"), "utf8")).toBe("of the later attempt");
    expect(await exists(open)).toBe(true);
    expect((await world.ledger.totals(world.run)).ends).toMatchObject({ unwritten: 0, saved: 1 });
  });

  it("sends nothing, and opens no row, once another worker has taken its records over", async () => {
    const { world, images, queue } = await setUp(1);
    const { worker, events, until } = await startWorker(world, queue);
    const directory = recordsOf(world, queue);
    takeOver(directory);
    await world.add([0]);
    await until(() => events.some(({ type }) => type === "put-back"));
    expect(events).toMatchObject([
      { type: "stopped", message: expect.stringContaining("another worker has taken over its records") },
      { type: "put-back" },
    ]);
    await worker.close();
    expect(await readdir(path.join(directory, "open"))).toEqual([]);
    expect(images.posts).toEqual([]);
    expect(await world.jobs.getJobCounts()).toMatchObject({ waiting: 1 });
  });

  it("sends nothing if another worker has taken its records over before the attempt was in them", async () => {
    const { world, images, queue } = await setUp(1);
    await world.add([0]);
    // It comes between the look at the lock and the record: the other one finds the row unsent, and frees it.
    const onEvent = ({ type }: QueueWorkerEvent) => type === "started" && takeOver(recordsOf(world, queue));
    const { events, until } = await startWorker(world, queue, { onEvent });
    await until(
      () => endedCount(events) > 0 || events.filter(({ type }) => type === "put-back").length === 2,
    );
    expect(events.map(({ type }) => type)).toEqual(["started", "put-back", "stopped", "put-back"]);
    expect(images.posts).toEqual([]);
    expect((await world.ledger.get(world.job(0).key))?.sentAt).toBeUndefined();
  });

  it("copies inputs of a storage that is elsewhere, and leaves no copy", async () => {
    const { world, images, queue } = await setUp(2);
    const copies: string[] = [];
    const away: Storage = {
      ...world.storage,
      directory: undefined,
      async fetchInput(name) {
        const file = path.join(world.root, `copy-${copies.length}`);
        copies.push(file);
        await copyFile(path.join(world.root, name), file);
        return file;
      },
      release: (file) => rm(file),
    };
    await world.add([0, 1]);
    const { worker, events, until } = await startWorker(world, queue, { storage: away });
    await until(() => endedCount(events) === 2);
    await worker.close();
    expect(endsOf(events).map(([, end]) => end)).toEqual(["saved", "saved"]);
    expect(images.posts).toHaveLength(2);
    expect(await Promise.all(copies.map(exists))).toEqual(copies.map(() => false));
    const left = await readdir(path.join(recordsOf(world, queue), "inputs"));
    expect(left).toEqual([]);
  });

  it("drains: edits in flight end, and rows that were not sent go back into the queue", async () => {
    let respond = (): void => undefined;
    const gate = new Promise<undefined>((resolve) => {
      respond = () => resolve(undefined);
    });
    const { world, images, queue } = await setUp(2, () => gate);
    await world.ledger.setInterval(3_600_000);
    await world.add([0]);
    const { worker, events, until } = await startWorker(world, queue, { concurrency: 2 });
    await until(() => events.some(({ type }) => type === "started"));
    await world.add([1]);
    const closed = worker.close();
    respond();
    await closed;
    expect(endsOf(events)).toEqual([[1, "saved"]]);
    expect(images.posts).toEqual(["hat 0"]);
    const { waiting = 0, prioritized = 0, delayed = 0 } = await world.jobs.getJobCounts();
    expect(waiting + prioritized + delayed).toBe(1);
  });

  it("sends nothing while Redis is away, and goes on when it is back", async () => {
    const { world, images, queue } = await setUp(2);
    await world.add([0]);
    const { events, until } = await startWorker(world, queue);
    await until(() => endedCount(events) === 1);
    await tests.redis.kill();
    await until(() => events.some(({ type }) => type === "redis-lost"));
    const added = world.add([1]);
    await tests.redis.restart();
    await added;
    await until(() => endedCount(events) === 2);
    expect(events.some(({ type }) => type === "redis-back")).toBe(true);
    expect(images.posts).toEqual(["hat 0", "hat 1"]);
  });

  it("stops after three rejections of the key, and leaves the other rows in the queue", async () => {
    const { world, images, queue } = await setUp(6, () => ({ status: 401 }));
    await world.add([0, 1, 2, 3, 4, 5]);
    const { events, until } = await startWorker(world, queue, { concurrency: 1 });
    await until(() => events.some(({ type }) => type === "stopped"));
    expect(images.posts).toHaveLength(3);
    expect((await world.ledger.totals(world.run)).ends).toMatchObject({ failed: 3 });
  });
});
