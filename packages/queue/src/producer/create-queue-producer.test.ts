import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { CliError, connect, createTerminal, nodeSystem, type Server } from "@retouch/cli/journal";
import { Worker } from "bullmq";
import sharp from "sharp";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startRedis, type TestRedis } from "../fixtures/start-redis.ts";
import { startS3 } from "../fixtures/start-s3.ts";
import type { RowJob, RunSettings } from "../jobs/row-job.ts";
import type { RowEnd } from "../ledger/ledger.ts";
import { s3Storage } from "../storage/s3-storage.ts";
import { createQueueProducer } from "./create-queue-producer.ts";
import { feedRun } from "./feed-run.ts";
import { type OpenQueue, openQueue } from "./open-queue.ts";
import { prepareRun } from "./prepare-run.ts";
import type { QueueProducer, QueueProducerEvent, QueueProducerOptions } from "./queue-producer.ts";

let redis: TestRedis;
let server: Server;
let folder: string;
let queue: OpenQueue;
const opened: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  redis = await startRedis();
  const terminal = createTerminal({ quiet: true });
  server = await connect({ mock: true }, { env: {}, terminal, system: nodeSystem });
});
afterAll(async () => {
  await server.close();
  await redis.close();
});
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "queue-producer-"));
  const white = { create: { width: 64, height: 64, channels: 3, background: "#37b" } } as const;
  await sharp(white).png().toFile(path.join(folder, "photo.png"));
  queue = await openQueue({ redis: redis.url });
  await queue.redis.flushall();
});
afterEach(async () => {
  for (const { close } of opened.splice(0)) await close();
  await queue.close();
  await rm(folder, { recursive: true });
});

const prompt = "make the sky violet";

async function manifestOf(count: number, change: (row: number) => object = () => ({})): Promise<string> {
  const file = path.join(folder, "m.jsonl");
  const rows = Array.from({ length: count }, (_, at) => ({
    ...{ id: `r${at}`, image: "photo.png", prompt, model: "gpt-image-1", output: `out/${at}.{ext}` },
    ...change(at),
  }));
  await writeFile(file, rows.map((row) => JSON.stringify(row)).join("\n"));
  return file;
}

async function produce(
  given: Partial<QueueProducerOptions> & { readonly manifest: string },
): Promise<QueueProducer & { readonly events: QueueProducerEvent[] }> {
  const events: QueueProducerEvent[] = [];
  const options = { redis: redis.url, server, onEvent: (event: QueueProducerEvent) => events.push(event) };
  const producer = await createQueueProducer({ ...options, ...given });
  opened.push(producer);
  return { ...producer, events };
}

/** A worker by the contract of jobs and ledger. `endOf` says how a row ends; undefined if the worker dies of it. */
function startWorker(
  endOf: (job: RowJob) => RowEnd | undefined | Promise<RowEnd> = () => "saved",
  { usd = 0.01, concurrency = 1 } = {},
): { readonly sent: string[]; close(): Promise<void> } {
  const sent: string[] = [];
  const worker = new Worker<RowJob>(
    `{${queue.name}}`,
    async ({ data }) => {
      const token = String(sent.length) + data.key;
      const { run, key } = data;
      const request = { run, key, worker: "w", token, attempt: 1, maxUsd: usd };
      const { verdict } = await queue.ledger.start(request);
      if (verdict === "over-budget")
        await queue.ledger.end({ run, key, token, end: "failed", code: "over_budget" });
      if (verdict !== "go") return;
      sent.push(key);
      const end = await endOf(data);
      if (end !== undefined) await queue.ledger.end({ run, key, token, end, usd, files: [`${key}.png`] });
    },
    { connection: { url: redis.url }, prefix: "retouch", concurrency },
  );
  const started = { sent, close: () => worker.close() };
  opened.push(started);
  return started;
}

const budgetsOf = ({ events }: { readonly events: readonly QueueProducerEvent[] }) =>
  events.flatMap((event) => (event.type === "budget" ? [{ ...event, type: undefined }] : []));

describe(createQueueProducer, () => {
  it("feeds each row once in a window, and queues nothing for a manifest that is done", async () => {
    const manifest = await manifestOf(30);
    const lengths: number[] = [];
    const worker = startWorker(async () => {
      lengths.push(await queue.jobs.count());
      return "saved" as const;
    });
    const producer = await produce({ manifest, window: 8 });
    expect(await producer.ended).toBe("done");
    // The row in hand is not counted, and the one before may have ended by then.
    expect(Math.max(...lengths)).toBeLessThanOrEqual(8);
    expect(new Set(worker.sent).size).toBe(30);
    expect(worker.sent).toHaveLength(30);
    expect(producer.counts).toMatchObject({ total: 30, saved: 30, waiting: 0, running: 0, finished: 30 });
    expect(producer.counts.spending.usd).toBeCloseTo(0.3);
    const ended = producer.events.filter(({ type }) => type === "ended");
    expect(ended).toHaveLength(30);
    expect(ended[0]).toMatchObject({
      id: "r0",
      line: 1,
      end: "saved",
      sent: true,
      files: [`${worker.sent[0]}.png`],
    });

    const second = await produce({ manifest });
    expect(await second.ended).toBe("done");
    expect(second.counts).toMatchObject({ saved: 30, finished: 0 });
    expect(second.events.filter(({ type }) => type === "queued")).toEqual([]);
  });

  it("reports every bad row of a manifest, and queues nothing", async () => {
    const manifest = await manifestOf(6, (row) => (row % 2 === 0 ? {} : { image: `gone-${row}.png` }));
    const error: unknown = await createQueueProducer({ redis: redis.url, server, manifest }).catch(
      (thrown) => thrown,
    );
    expect(error).toBeInstanceOf(CliError);
    expect(error).toMatchObject({ exitCode: 2, code: "invalid_manifest" });
    expect((error as CliError).details).toHaveLength(3);
    expect(await queue.redis.keys("*:r*")).toEqual([]);
  });

  it("feeds no row twice when two producers run one manifest", async () => {
    const manifest = await manifestOf(40);
    const worker = startWorker(() => "saved", { concurrency: 4 });
    const producers = await Promise.all([produce({ manifest, window: 4 }), produce({ manifest, window: 4 })]);
    expect(await Promise.all(producers.map(({ ended }) => ended))).toEqual(["done", "done"]);
    expect(worker.sent).toHaveLength(40);
    for (const { counts } of producers) expect(counts).toMatchObject({ saved: 40, waiting: 0 });
  });

  it("sends failed and unknown rows again only if that is asked for", async () => {
    const manifest = await manifestOf(3);
    const ends: readonly RowEnd[] = ["saved", "failed", "unknown"];
    const first = startWorker(({ line }) => ends[line - 1]);
    const run = await produce({ manifest });
    await run.ended;
    expect(run.counts).toMatchObject({ saved: 1, failed: 1, unknown: 1, waiting: 0 });
    await first.close();
    const worker = startWorker();
    const untouched = await produce({ manifest });
    expect(await untouched.ended).toBe("done");
    expect(untouched.counts).toMatchObject({ saved: 1, failed: 1, unknown: 1 });
    const failed = await produce({ manifest, retryFailed: true });
    await failed.ended;
    expect(failed.counts).toMatchObject({ saved: 2, failed: 0, unknown: 1 });
    expect(worker.sent).toEqual([first.sent[1]]);
    const named = await produce({ manifest, only: ["r2"] });
    await named.ended;
    expect(named.counts).toMatchObject({ saved: 3, unknown: 0 });
    expect(worker.sent).toEqual(first.sent.slice(1));
    await expect(produce({ manifest, only: ["r9"] })).rejects.toThrow("`r9` is not a row");
  });

  it("sends an unwritten row again only if a person says that its machine is gone", async () => {
    const manifest = await manifestOf(3);
    const first = startWorker(({ line }) => (line === 3 ? "saved" : "unwritten"));
    const run = await produce({ manifest });
    await run.ended;
    expect(run.counts).toMatchObject({ saved: 1, unwritten: 2 });
    await first.close();
    const worker = startWorker();
    const untouched = await produce({ manifest, retryFailed: true, retryUnknown: true });
    expect(await untouched.ended).toBe("done");
    expect(untouched.counts).toMatchObject({ saved: 1, unwritten: 2 });
    await expect(produce({ manifest, only: ["r1"] })).rejects.toThrow(
      /^Line 2 of .* is unwritten: it was billed, and the machine of w .* If that machine is gone, add `--retry-unwritten`/,
    );
    const named = await produce({ manifest, only: ["r1"], retryUnwritten: true });
    await named.ended;
    expect(named.counts).toMatchObject({ saved: 2, unwritten: 1 });
    expect(worker.sent).toEqual([first.sent[1]]);
    const all = await produce({ manifest, retryUnwritten: true });
    await all.ended;
    expect(all.counts).toMatchObject({ saved: 3, unwritten: 0 });
    expect(worker.sent).toEqual([first.sent[1], first.sent[0]]);
    // Both attempts of a row count.
    const { spentUsd, ends } = await queue.ledger.totals(all.run);
    expect(spentUsd).toBeCloseTo(0.05);
    expect(ends).toEqual({ saved: 3, failed: 0, unknown: 0, unwritten: 0 });
  });

  it("polls a row whose task came since it was looked up, although it was to be sent again", async () => {
    const manifest = await manifestOf(1);
    const first = startWorker(() => "unknown");
    await (await produce({ manifest })).ended;
    await first.close();
    const options = { redis: redis.url, server, manifest, retryUnknown: true };
    const prepared = await prepareRun(options, { note: () => undefined, warn: () => undefined });
    const key = first.sent[0] ?? "";
    const task = { taskId: "task-1", statusUrl: "https://images.test/tasks/1", dialect: {} };
    await queue.ledger.setTask({ key, token: `0${key}`, task });
    opened.push(await feedRun(prepared));
    await expect.poll(() => queue.jobs.count(), { interval: 5 }).toBe(1);
    expect(await queue.ledger.get(key)).toMatchObject({ end: "unknown", token: `0${key}`, task });
  });

  it("reports once why no worker sends: a server asked to wait for long, or a person paused the queue", async () => {
    const by = { worker: "w1", server: "https://images.test" };
    await queue.ledger.hold(86_400_000, by);
    const { events } = await produce({ manifest: await manifestOf(1) });
    const held = () => events.flatMap((event) => (event.type === "held" ? [event.hold] : []));
    await expect.poll(held, { timeout: 10_000 }).toMatchObject([{ reason: "rate-limited", ...by }]);
    await queue.ledger.setPaused(true);
    await expect
      .poll(held, { timeout: 10_000 })
      .toMatchObject([{ reason: "rate-limited" }, { reason: "paused" }]);
  });

  it("stops feeding, and a later producer continues", async () => {
    const manifest = await manifestOf(20);
    const stopped = await produce({ manifest, window: 4 });
    await expect.poll(() => queue.jobs.count(), { interval: 5 }).toBe(4);
    expect(stopped.stop()).toBe(4);
    expect(await stopped.ended).toBe("stopped");
    const worker = startWorker();
    const next = await produce({ manifest, window: 4 });
    expect(await next.ended).toBe("done");
    expect(worker.sent).toHaveLength(20);
  });

  it("calls a row unknown whose worker ended without saying how it went", async () => {
    const manifest = await manifestOf(2);
    startWorker(({ line }) => (line === 1 ? undefined : "saved"));
    const producer = await produce({ manifest });
    expect(await producer.ended).toBe("done");
    expect(producer.counts).toMatchObject({ saved: 1, unknown: 1 });
    expect(producer.events).toContainEqual(
      expect.objectContaining({ type: "ended", id: "r0", end: "unknown", code: "unresolved_edit" }),
    );
  });

  it("stops at the budget, and continues with a higher one that counts what was spent", async () => {
    const manifest = await manifestOf(6);
    const worker = startWorker(() => "saved", { usd: 0.04 });
    const first = await produce({ manifest, maxUsd: 0.1 });
    expect(await first.ended).toBe("over-budget");
    expect(first.counts).toMatchObject({ saved: 2, failed: 0, waiting: 4 });
    const second = await produce({ manifest, maxUsd: 0.2 });
    expect(await second.ended).toBe("over-budget");
    expect(second.counts).toMatchObject({ saved: 5, waiting: 1 });
    expect(second.counts.spending.usd).toBeCloseTo(0.2);
    expect(worker.sent).toHaveLength(5);
  });

  it("keeps the budget of a run for later ones that give none, and lifts it only if that is asked for", async () => {
    const manifest = await manifestOf(4);
    const worker = startWorker(() => "saved", { usd: 0.04 });
    const first = await produce({ manifest, maxUsd: 0.1 });
    expect(await first.ended).toBe("over-budget");
    const [set] = budgetsOf(first);
    expect(set).toMatchObject({ maxUsd: 0.1, before: undefined, by: "options" });
    const second = await produce({ manifest });
    expect(await second.ended).toBe("over-budget");
    expect(worker.sent).toHaveLength(2);
    expect(budgetsOf(second)).toEqual([{ ...set, before: 0.1, by: "earlier" }]);
    await expect(produce({ manifest, maxUsd: 1, liftBudget: true })).rejects.toThrow("Give one of them.");
    const free = await produce({ manifest, liftBudget: true });
    expect(await free.ended).toBe("done");
    expect(worker.sent).toHaveLength(4);
    expect(budgetsOf(free)).toMatchObject([{ maxUsd: undefined, before: 0.1, by: "options" }]);
  });

  it("keeps a budget that another producer set meanwhile, and reports to it who changes that", async () => {
    const manifest = await manifestOf(4);
    const silent = { note: () => undefined, warn: () => undefined };
    const prepared = await prepareRun({ redis: redis.url, server, manifest }, silent);
    const first = await produce({ manifest, maxUsd: 0.1 });
    opened.push(await feedRun(prepared));
    const worker = startWorker(() => "saved", { usd: 0.04 });
    expect(await first.ended).toBe("over-budget");
    expect(worker.sent).toHaveLength(2);
    await worker.close();
    const waiting = await produce({ manifest });
    await produce({ manifest, maxUsd: 0.2 });
    const isChanged = () => budgetsOf(waiting).at(-1);
    await expect
      .poll(isChanged, { timeout: 10_000 })
      .toMatchObject({ maxUsd: 0.2, before: 0.1, by: "another" });
  });

  it("warns that a manifest with other contents or flags has no budget", async () => {
    const manifest = await manifestOf(1);
    await (await produce({ manifest, maxUsd: 0.1 })).close();
    await manifestOf(2);
    const warnings: string[] = [];
    const terminal = { note: () => undefined, warn: (text: string) => void warnings.push(text) };
    opened.push((await prepareRun({ redis: redis.url, server, manifest }, terminal)).queue);
    opened.push((await prepareRun({ redis: redis.url, server, manifest, maxUsd: 1 }, terminal)).queue);
    expect(warnings).toEqual([
      expect.stringContaining("had a budget of USD 0.1 with other contents or flags"),
    ]);
  });

  it("puts prompts into Redis only with `storePrompts`", async () => {
    const manifest = await manifestOf(2);
    const everything = async () => {
      const jobs = await queue.jobs.getJobs(["waiting"]);
      return JSON.stringify([
        jobs.map(({ data }) => data),
        await queue.redis.mget(await queue.redis.keys("*run*")),
      ]);
    };
    const plain = await produce({ manifest });
    await expect.poll(() => queue.jobs.count(), { interval: 5 }).toBe(2);
    expect(await everything()).not.toContain("violet");
    await plain.close();
    await queue.redis.flushall();
    await produce({ manifest, storePrompts: true });
    await expect.poll(() => queue.jobs.count(), { interval: 5 }).toBe(2);
    expect(await everything()).toContain("violet");
  });

  it("puts the manifest and its inputs into a bucket, and rejects inputs that other machines cannot find", async () => {
    const s3 = await startS3(["photos"]);
    opened.push(s3);
    const upload = s3Storage("s3://photos/june", s3.options);
    const manifest = await manifestOf(2);
    const worker = startWorker();
    const producer = await produce({ manifest, upload });
    expect(await producer.ended).toBe("done");
    expect(worker.sent).toHaveLength(2);
    expect(await upload.exists("photo.png")).toBe(true);
    const run = JSON.parse((await queue.redis.get(queue.keys.run(producer.run))) ?? "") as RunSettings;
    expect(run.manifest).toMatch(/^m\.[0-9a-f]{16}\.jsonl$/);
    expect(await upload.exists(run.manifest)).toBe(true);
    expect(s3.requests.filter(({ path: name }) => name.endsWith("/photo.png")).length).toBeLessThan(4);

    const photo = path.join(folder, "photo.png");
    const error: unknown = await produce({ manifest: await manifestOf(2, () => ({ image: photo })) }).catch(
      (thrown) => thrown,
    );
    expect(error).toMatchObject({ exitCode: 2, code: "invalid_manifest" });
    expect((error as CliError).details[0]).toContain("other machines do not find it");
  });

  it("rejects outputs that exist, and leaves those rows out with `skipExisting`", async () => {
    const manifest = await manifestOf(2, (row) => ({ output: `${row}.{ext}` }));
    await copyFile(path.join(folder, "photo.png"), path.join(folder, "0.png"));
    await expect(produce({ manifest })).rejects.toMatchObject({ exitCode: 10, code: "output_exists" });
    const worker = startWorker();
    const producer = await produce({ manifest, skipExisting: true });
    await producer.ended;
    expect(producer.counts).toMatchObject({ saved: 1, skipped: 1 });
    expect(worker.sent).toHaveLength(1);
  });
});
