import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { openRowFiles, recordsOf } from "../fixtures/open-rows.ts";
import type { QueueWorld } from "../fixtures/queue-world.ts";
import { setUpWorkers } from "../fixtures/start-workers.ts";
import { startTaskServer, type TaskServer } from "../fixtures/task-server.ts";
import { createQueueProducer } from "../producer/create-queue-producer.ts";
import { finishRows } from "./finish-row.ts";
import { resumeRow } from "./resume-row.ts";

const tests = setUpWorkers();

async function setUp(): Promise<{ world: QueueWorld; tasks: TaskServer; queue: string }> {
  const tasks = await startTaskServer();
  tests.cleanUp(() => tasks.close());
  return { tasks, ...(await tests.createWorld(tasks.url, 1, { dialect: "pixapi" })) };
}

/** Starts a worker of one row: while that polls, the row is delivered to another one only. */
const startWorker = (world: QueueWorld, queue: string, state: string, storage = world.storage) =>
  tests.startWorker(world, queue, { state, storage, concurrency: 1 });

const nextPoll = (tasks: TaskServer) =>
  new Promise<void>((resolve) => {
    tasks.onPoll = resolve;
  });

/** Resolves once the ledger has the task of the row, whose worker polls it. */
async function accepted(world: QueueWorld, tasks: TaskServer): Promise<void> {
  while ((await world.ledger.get(world.job(0).key))?.task === undefined) await nextPoll(tasks);
}

const rowOf = (world: QueueWorld) => world.ledger.get(world.job(0).key);

/**
 * Leaves the image of a row on a worker whose storage is full, and a later attempt of it, of a worker that is gone, whose task
 * has failed.
 */
async function leaveImageAndLaterTask({
  world,
  tasks,
  queue,
}: Awaited<ReturnType<typeof setUp>>): Promise<void> {
  tasks.state = "done";
  await world.add([0]);
  const put = async () => {
    throw new Error("The bucket is full.");
  };
  const first = await startWorker(world, queue, "a", { ...world.storage, put });
  expect(await first.ended()).toMatchObject({ end: "unwritten" });
  await first.worker.close();
  const { key } = world.job(0);
  const { token } = (await rowOf(world)) ?? {};
  expect(await world.ledger.allowAgain({ key, token })).toBe(true);
  const request = { run: world.run, key, worker: "gone", token: "later", attempt: 1, maxUsd: undefined };
  expect(await world.ledger.start(request)).toMatchObject({ verdict: "go" });
  const task = { taskId: "task-2", statusUrl: `${tasks.url}/tasks/task-2`, dialect: {} };
  await world.ledger.setTask({ key, token: "later", task });
  tasks.state = "failed";
}

describe(resumeRow, () => {
  it("polls the task of a worker that is gone, saves its image and settles its cost, and sends nothing", async () => {
    const { world, tasks, queue } = await setUp();
    await world.add([0]);
    const gone = await startWorker(world, queue, "a");
    await accepted(world, tasks);
    await gone.worker.close({ abort: AbortSignal.abort() });
    expect(await rowOf(world)).toMatchObject({ end: "unknown", task: { taskId: "task-1" } });
    tasks.state = "done";
    const other = await startWorker(world, queue, "b");
    const manifest = path.join(world.root, "rows.jsonl");
    const defaults = { model: world.defaultModel };
    const producer = await createQueueProducer({
      ...{ redis: tests.redis.url, queue, manifest, defaults, server: world.server },
      retryUnknown: true,
      system: world.system("producer"),
    });
    expect(await producer.ended).toBe("done");
    expect(producer.counts).toMatchObject({ saved: 1, unknown: 0 });
    await producer.close();
    expect(await other.ended()).toMatchObject({ end: "saved", files: ["out/0.png"] });
    expect((await readFile(path.join(world.root, "out/0.png"))).length).toBeGreaterThan(50);
    expect((await world.ledger.totals(world.run)).reservedUsd).toBe(0);
    expect(await rowOf(world)).toMatchObject({ end: "saved", task: undefined });
    // Its first worker starts again, and finds nothing that is left.
    const again = await startWorker(world, queue, "a");
    expect(again.events).toEqual([]);
    expect(tasks.posts).toBe(1);
  });

  it("saves one image with a worker that was frozen, and still polls the same task", async () => {
    const { world, tasks, queue } = await setUp();
    await world.add([0]);
    const slow = await startWorker(world, queue, "a");
    await accepted(world, tasks);
    await world.jobs.obliterate({ force: true });
    await world.add([0]);
    const second = await startWorker(world, queue, "b");
    while (second.worker.health().running === 0) await nextPoll(tasks);
    tasks.state = "done";
    expect(await Promise.all([slow.ended(), second.ended()])).toMatchObject([
      { end: "saved" },
      { end: "saved" },
    ]);
    expect((await world.ledger.totals(world.run)).ends).toMatchObject({ saved: 1, unknown: 0 });
    expect(await readdir(path.join(world.root, "out"))).toEqual(["0.png"]);
    expect(tasks.posts).toBe(1);
  });

  it("puts an image that is kept here, rather than poll the task of a later attempt", async () => {
    const { world, tasks, queue } = await setUp();
    await leaveImageAndLaterTask({ world, tasks, queue });
    // The one that starts puts what an ended one has left; here the row comes to a worker that runs.
    for (const file of await openRowFiles(world, queue, "a")) await rm(file);
    await world.add([0]);
    const second = await startWorker(world, queue, "a");
    expect(await second.ended()).toMatchObject({ end: "saved" });
    expect(await readdir(path.join(world.root, "out"))).toEqual(["0.png"]);
    expect(tasks.posts).toBe(1);
  });

  it("puts an image that only the open row names, rather than poll the task of a later attempt", async () => {
    const { world, tasks, queue } = await setUp();
    await leaveImageAndLaterTask({ world, tasks, queue });
    // The one that took the records over has another journal; the first one woke, and stored the open row.
    const [open = ""] = await openRowFiles(world, queue, "a");
    const text = await readFile(open);
    await rm(open);
    await rm(path.join(recordsOf(world, queue, "a"), "journal.jsonl"));
    const second = await startWorker(world, queue, "a");
    await writeFile(open, text);
    await world.add([0]);
    expect(await second.ended()).toMatchObject({ end: "saved" });
    expect(await readdir(path.join(world.root, "out"))).toEqual(["0.png"]);
    expect(await rowOf(world)).toMatchObject({ end: "saved", task: undefined });
    expect(tasks.posts).toBe(1);
  });

  it("keeps a task whose polls are rejected, gives it back when it drains, and forgets one that failed", async () => {
    const { world, tasks, queue } = await setUp();
    await world.add([0]);
    const gone = await startWorker(world, queue, "a");
    await accepted(world, tasks);
    await gone.worker.close({ abort: AbortSignal.abort() });

    tasks.state = "unauthorized";
    await world.add([0]);
    const rejected = await startWorker(world, queue, "b");
    expect(await rejected.ended()).toMatchObject({ end: "unknown" });
    await rejected.worker.close();
    expect((await rowOf(world))?.task).toMatchObject({ taskId: "task-1" });

    tasks.state = "pending";
    const polled = nextPoll(tasks);
    await world.add([0]);
    const drained = await startWorker(world, queue, "b");
    await polled;
    await drained.worker.close();
    expect(drained.events).toMatchObject([{ type: "put-back" }]);
    expect(await world.jobs.getJobCounts()).toMatchObject({ waiting: 1 });

    tasks.state = "failed";
    const failed = await startWorker(world, queue, "c");
    expect(await failed.ended()).toMatchObject({ end: "unknown" });
    expect((await rowOf(world))?.task).toBeUndefined();
    expect(tasks.posts).toBe(1);
  });

  it("polls a task that only the journal has, although a person has asked to send the row again", async () => {
    const { world, tasks, queue } = await setUp();
    await world.add([0]);
    const first = await startWorker(world, queue, "a");
    await accepted(world, tasks);
    await first.worker.close({ abort: AbortSignal.abort() });
    // It had no task in the ledger when the person looked: its worker was stopped before it could report that.
    const { key } = world.job(0);
    await world.redis.hdel(world.keys.row(key), "task");
    const { token } = (await rowOf(world)) ?? {};
    expect(await world.ledger.allowAgain({ key, token })).toBe(true);
    tasks.state = "done";
    const second = await startWorker(world, queue, "a");
    await world.add([0]);
    expect(await second.ended()).toMatchObject({ end: "saved" });
    expect(tasks.posts).toBe(1);
    expect((await world.ledger.totals(world.run)).ends).toMatchObject({ saved: 1, unknown: 0 });
  });
});

/** Starts a worker that polls the task of a row, and seems to have ended. Returns its records. */
async function leavePolling({ world, tasks, queue }: Awaited<ReturnType<typeof setUp>>): Promise<string> {
  await world.add([0]);
  await startWorker(world, queue, "a");
  await accepted(world, tasks);
  await nextPoll(tasks);
  const records = recordsOf(world, queue, "a");
  await rm(path.join(records, "lock"));
  return records;
}

describe(finishRows, () => {
  it("keeps the task that the ledger has of a row, although a full disk kept it from the journal", async () => {
    const { world, tasks, queue } = await setUp();
    const journal = path.join(await leavePolling({ world, tasks, queue }), "journal.jsonl");
    const lines = (await readFile(journal, "utf8")).split("\n");
    await writeFile(journal, lines.filter((line) => !line.includes('"type":"task"')).join("\n"));
    const next = await startWorker(world, queue, "a");
    expect(next.events).toEqual([{ type: "finished-left", rows: 1 }]);
    expect(await rowOf(world)).toMatchObject({ end: "unknown", task: { taskId: "task-1" } });
    tasks.state = "done";
    await world.jobs.obliterate({ force: true });
    await world.add([0]);
    expect(await next.ended()).toMatchObject({ end: "saved" });
    expect(tasks.posts).toBe(1);
  });

  it.each([
    ["leaves the task of an attempt to `recover`, once another attempt of the row is saved", "later"],
    ["closes the record of a task that another worker has polled", undefined],
  ])("%s", async (_, later) => {
    const { world, tasks, queue } = await setUp();
    const journal = path.join(await leavePolling({ world, tasks, queue }), "journal.jsonl");
    const { run } = world;
    const { key } = world.job(0);
    const { token = "" } = (await rowOf(world)) ?? {};
    if (later !== undefined) {
      await world.redis.hdel(world.keys.row(key), "task");
      expect(await world.ledger.allowAgain({ key, token })).toBe(true);
      const again = { run, key, worker: "other", token: later, attempt: 1, maxUsd: undefined };
      expect(await world.ledger.start(again)).toMatchObject({ verdict: "go" });
    }
    await world.ledger.end({ run, key, token: later ?? token, end: "saved", files: ["out/0.png"] });
    const next = await startWorker(world, queue, "a");
    expect(next.events).toEqual([{ type: "finished-left", rows: 1 }]);
    expect(await rowOf(world)).toMatchObject({ end: "saved" });
    const isClosed = (await readFile(journal, "utf8")).includes('"dismissed"');
    expect(isClosed).toBe(later === undefined);
  });

  it("keeps the task of a row whose stored response was cut by a full disk or a crash", async () => {
    const { world, tasks, queue } = await setUp();
    const records = await leavePolling({ world, tasks, queue });
    const response = JSON.stringify(tasks.responseOf("done"));
    await writeFile(path.join(records, `${world.job(0).key}.answer`), response.slice(0, -60));
    const next = await startWorker(world, queue, "a");
    expect(next.events).toEqual([{ type: "finished-left", rows: 1 }]);
    expect(await rowOf(world)).toMatchObject({ end: "unknown", task: { taskId: "task-1" } });
  });

  it("saves the image of a stored response, although the outbox that its record names is gone", async () => {
    const { world, tasks, queue } = await setUp();
    const records = await leavePolling({ world, tasks, queue });
    await rm(path.join(records, "outbox"), { recursive: true });
    const response = JSON.stringify(tasks.responseOf("done"));
    await writeFile(path.join(records, `${world.job(0).key}.answer`), response);
    await startWorker(world, queue, "a");
    expect(await rowOf(world)).toMatchObject({ end: "saved", files: ["out/0.png"], task: undefined });
    expect(await readdir(path.join(world.root, "out"))).toEqual(["0.png"]);
  });

  it("syncs a stored response before it places the images, which a crash must not take without a record", async () => {
    const { world, tasks, queue } = await setUp();
    const records = await leavePolling({ world, tasks, queue });
    const response = path.join(records, `${world.job(0).key}.answer`);
    await writeFile(response, JSON.stringify(tasks.responseOf("done")));
    const system = world.system("a");
    const synced: string[] = [];
    const open: typeof system.files.open = async (file, ...rest) => {
      const opened = await system.files.open(file, ...rest);
      const sync = opened.sync.bind(opened);
      return Object.assign(opened, {
        async sync() {
          await sync();
          synced.push(file);
        },
      });
    };
    await tests.startWorker(world, queue, { system: { ...system, files: { ...system.files, open } } });
    expect(await rowOf(world)).toMatchObject({ end: "saved" });
    const images = synced.filter((file) => file.startsWith(path.join(records, "outbox")));
    expect(synced.filter((file) => file === response || images.includes(file))).toEqual([
      response,
      ...images,
    ]);
    expect(images).toHaveLength(1);
  });
});
