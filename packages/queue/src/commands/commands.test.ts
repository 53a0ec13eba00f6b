import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import eventSchema from "@retouch/cli/schema/batch-event.schema.json" with { type: "json" };
import editSchema from "@retouch/cli/schema/edit.schema.json" with { type: "json" };
import { Ajv } from "ajv";
import { Redis } from "ioredis";
import sharp from "sharp";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ImageServer, startImageServer } from "../fixtures/image-server.ts";
import { refuseConnections } from "../fixtures/refuse-connections.ts";
import { type RunningBin, startBin } from "../fixtures/run-bin.ts";
import { startRedis, type TestRedis } from "../fixtures/start-redis.ts";

// The tests run in order, on one queue: starting processes is what costs time.
const secret = "redis-password-0123456789";
let redis: TestRedis;
let images: ImageServer;
let folder: string;
const rejected = new Set<string>();
const limited = new Set<string>();
const workers: RunningBin[] = [];

beforeAll(async () => {
  redis = await startRedis();
  let release = (): void => undefined;
  const third = new Promise<undefined>((resolve) => {
    release = () => resolve(undefined);
  });
  images = await startImageServer((prompt, post) => {
    if (rejected.has(prompt)) return { status: 400 };
    if (limited.has(prompt)) return { status: 429, headers: { "retry-after": "86400" } };
    // A worker takes two rows at a time, so that the third form is from the other one.
    if (post === 3) release();
    return third;
  });
  folder = await mkdtemp(path.join(tmpdir(), "queue-commands-"));
  const size = { width: 64, height: 64, channels: 3, background: "#37b" } as const;
  await sharp({ create: size }).png().toFile(path.join(folder, "photo.png"));
});
afterAll(async () => {
  for (const { child, ended } of workers) {
    child.kill("SIGKILL");
    await ended;
  }
  await images.close();
  await redis.close();
  await rm(folder, { recursive: true });
});

const envOf = (state: string, others: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  PATH: process.env["PATH"],
  HOME: folder,
  NO_COLOR: "1",
  REDIS_URL: redis.url,
  RETOUCH_BASE_URL: images.url,
  RETOUCH_STATE_DIR: path.join(folder, state),
  ...others,
});

/** Runs a command until it ends. */
const run = (...argv: string[]) => startBin(argv, envOf("producer"), folder).ended;

async function startWorker(state: string): Promise<RunningBin> {
  const env = envOf(state, { RETOUCH_API_KEY: "sk-test-0123456789" });
  const argv = ["worker", "--storage", folder, "--concurrency", "2", "--health", "0", "--json"];
  const worker = startBin(argv, env, folder);
  workers.push(worker);
  await worker.waitFor('"event":"ready"');
  return worker;
}

async function manifestOf(name: string, prompts: readonly string[]): Promise<string> {
  const rows = prompts.map((prompt, at) => {
    const output = `${name}/${at}.{ext}`;
    return JSON.stringify({ id: `r${at}`, image: "photo.png", prompt, model: "gpt-image-1", output });
  });
  await writeFile(path.join(folder, `${name}.jsonl`), rows.join("\n"));
  return `${name}.jsonl`;
}

const numbered = (what: string, count: number) => Array.from({ length: count }, (_, at) => `${what} ${at}`);
const eventsOf = (stdout: string) =>
  stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const validate = new Ajv({ strict: false }).addSchema(editSchema).compile(eventSchema);
/** The events of `run --json`, which are those of `retouch batch run --json`. */
function runEventsOf(stdout: string): Record<string, unknown>[] {
  const events = eventsOf(stdout);
  const invalid = events.flatMap((event) => (validate(event) ? [] : [{ event, errors: validate.errors }]));
  expect(invalid).toEqual([]);
  return events;
}

it("runs twelve rows on two workers, and sends nothing for a second run", async () => {
  const [first, second] = await Promise.all([startWorker("one"), startWorker("two")]);
  const manifest = await manifestOf("twelve", numbered("hat", 12));
  const ended = await run("run", manifest);
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  expect(ended.stderr).toContain("12 of 12 saved.");
  expect(ended.stdout.trim().split("\n")).toHaveLength(12);
  expect(ended.stdout).toContain(path.join(folder, "twelve", "0.png"));
  expect(await readdir(path.join(folder, "twelve"))).toHaveLength(12);
  expect(images.posts.toSorted()).toEqual(numbered("hat", 12).toSorted());
  for (const worker of [first, second]) {
    const log = eventsOf(worker.stdout);
    expect(log.filter(({ event }) => event === "saved").length).toBeGreaterThan(0);
    expect(worker.stdout + worker.stderr).not.toMatch(/hat \d|sk-test/);
    const { health } = log.find(({ event }) => event === "ready") ?? {};
    // The run may end before a worker has closed its last row.
    const look = async () => (await fetch(String(health))).json();
    await expect.poll(look, { timeout: 30_000 }).toMatchObject({ ready: true, running: 0 });
  }

  const again = await run("run", manifest, "--json");
  expect(again).toMatchObject({ code: 0 });
  expect(runEventsOf(again.stdout)).toEqual([
    expect.objectContaining({ event: "done", total: 12, saved: 12, waiting: 0, exitCode: 0 }),
  ]);
  expect(images.posts).toHaveLength(12);
});

it("shows the queue and a manifest by `status`", async () => {
  const queue = await run("status");
  expect(queue).toMatchObject({ code: 0, stderr: "" });
  expect(queue.stdout).toContain("retouch: 0 row(s) queued, 0 on 2 worker(s)");
  expect(queue.stdout).toMatch(/twelve\.jsonl, .*: 12 row\(s\), 12 saved/);
  const manifest = await run("status", "twelve.jsonl", "--json");
  expect(JSON.parse(manifest.stdout)).toMatchObject({ total: 12, saved: 12, unknown: 0, changed: false });
  const unknown = await run("status", await manifestOf("never", ["x"]));
  expect(unknown).toMatchObject({ code: 2 });
  expect(unknown.stderr).toContain("has not been run on this queue yet");
});

it("lists every bad row and queues nothing", async () => {
  const manifest = await manifestOf("bad", ["good", "", ""]);
  const ended = await run("run", manifest, "--json");
  expect(ended.code).toBe(2);
  expect(ended.stderr).toContain("2 invalid row(s) in bad.jsonl. Nothing was sent.");
  expect(ended.stderr).toMatch(/bad\.jsonl:2: .*\n.*bad\.jsonl:3: /);
  expect(eventsOf(ended.stdout)).toEqual([{ images: [], warnings: [], error: expect.anything() }]);
  expect((await run("status")).stdout).not.toContain("bad.jsonl");
});

it("ends with code 3 for rejected rows, and sends them again by `retry`", async () => {
  rejected.add("no 1").add("no 2");
  const manifest = await manifestOf("some", numbered("no", 3));
  const ended = await run("run", manifest, "--json");
  expect(ended, ended.stderr).toMatchObject({ code: 3 });
  const events = runEventsOf(ended.stdout);
  expect(events.find(({ event }) => event === "saved")).toMatchObject({
    id: "r0",
    sent: true,
    images: [{ path: path.join(folder, "some", "0.png") }],
    usage: { inputTokens: 50, outputTokens: 200, totalTokens: 250 },
    requestId: expect.stringMatching(/^req-\d+$/),
  });
  const failed = events.filter(({ event }) => event === "failed");
  expect(failed).toHaveLength(2);
  expect(failed[0]).toMatchObject({ error: { outcome: "rejected" } });
  expect(events.at(-1)).toMatchObject({ event: "done", saved: 1, failed: 2, exitCode: 3 });
  rejected.clear();
  const sent = images.posts.length;
  const one = await run("retry", manifest, "r1");
  expect(one, one.stderr).toMatchObject({ code: 0 });
  expect(images.posts.slice(sent)).toEqual(["no 1"]);
  const others = await run("retry", manifest);
  expect(others, others.stderr).toMatchObject({ code: 0 });
  expect(images.posts.slice(sent)).toEqual(["no 1", "no 2"]);
});

it("skips the invalid rows of a manifest by `retry --skip-invalid`, which a named row does not count", async () => {
  rejected.add("spare 0").add("spare 2");
  const manifest = await manifestOf("spare", ["spare 0", "", "spare 2"]);
  expect(await run("run", manifest, "--skip-invalid")).toMatchObject({ code: 3 });
  rejected.clear();
  const sent = images.posts.length;
  const refused = await run("retry", manifest, "r0");
  expect(refused).toMatchObject({ code: 2 });
  expect(refused.stderr).toContain("or skip them with `--skip-invalid`.");
  expect(images.posts).toHaveLength(sent);
  const named = await run("retry", manifest, "r0", "--skip-invalid");
  expect(named, named.stderr).toMatchObject({ code: 0 });
  expect(named.stderr).toContain("skipped spare.jsonl:2: ");
  expect(images.posts.slice(sent)).toEqual(["spare 0"]);
  const others = await run("retry", manifest, "--skip-invalid");
  expect(others, others.stderr).toMatchObject({ code: 3 });
  expect(images.posts.slice(sent)).toEqual(["spare 0", "spare 2"]);
  expect(others.stderr).toContain("2 of 2 saved");
});

it("sends nothing while the queue is paused", async () => {
  const paused = await run("pause");
  expect(paused.stdout).toContain("Paused retouch");
  const manifest = await manifestOf("later", numbered("later", 2));
  const producer = startBin(["run", manifest], envOf("producer"), folder);
  await expect.poll(async () => (await run("status", manifest)).stdout).toContain("0 of 2 saved, 2 waiting");
  const status = await run("status");
  expect(status.stdout).toContain("retouch (paused): 2 row(s) queued");
  expect(status.stdout).toMatch(/^The queue was paused at \S+Z\. Continue with `retouch-queue resume`\.$/m);
  expect(images.posts.filter((prompt) => prompt.startsWith("later"))).toEqual([]);
  await run("resume");
  const ended = await producer.ended;
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
});

it("stops at the budget with code 9, also in a later run, until it is lifted", async () => {
  const manifest = await manifestOf("dear", numbered("dear", 4));
  const plan = await run("run", manifest, "--dry-run", "--json");
  const [{ worstCaseUsd } = {}] = runEventsOf(plan.stdout) as [{ worstCaseUsd?: number }];
  const each = (worstCaseUsd ?? 0) / 4;
  expect(each).toBeGreaterThan(0);
  const sent = images.posts.length;
  // Whatever the first one costs, the most of a second one does not fit any more.
  const budget = Number((each * 1.01).toFixed(4));
  const ended = await run("run", manifest, "--max-cost", String(budget));
  expect(ended, ended.stderr).toMatchObject({ code: 9 });
  expect(ended.stderr).toContain(`Budget: USD ${budget}.`);
  expect(ended.stderr).toContain("1 of 4 saved, 3 waiting.");
  expect(ended.stderr).toContain("3 row(s) were not sent. Run the same command again to continue.");
  expect(images.posts.length - sent).toBe(1);

  const second = await run("run", manifest);
  expect(second).toMatchObject({ code: 9 });
  expect(second.stderr).toMatch(
    /Budget: USD [\d.]+, set by an earlier run at \S+Z\. .* remove it with `--lift-budget`\./,
  );
  expect(second.stderr).toContain(`what is left of the budget of USD ${budget}.`);
  const status = await run("status", manifest);
  expect(status.stdout).toMatch(/^Budget: USD [\d.]+, set at \S+Z$/m);
  expect(JSON.parse((await run("status", manifest, "--json")).stdout)).toMatchObject({
    budget: { maxUsd: budget, since: expect.stringMatching(/Z$/) },
  });
  expect(images.posts.length - sent).toBe(1);
  const free = await run("run", manifest, "--lift-budget");
  expect(free, free.stderr).toMatchObject({ code: 0 });
  expect(free.stderr).toContain(
    `Lifted the budget of USD ${budget}, also for runs of this manifest in progress.`,
  );
  expect(images.posts.length - sent).toBe(4);
});

it("shows by `status` what holds the queue, and lifts it only by `resume --lift-hold`", async () => {
  limited.add("limit 0");
  const manifest = await manifestOf("limited", ["limit 0"]);
  expect(await run("run", manifest)).toMatchObject({ code: 3 });
  const held =
    /^Held: \S+ got 429 from http:\/\/127\.0\.0\.1:\d+\S* at \S+Z, so no worker sends until \S+Z\. Wait, or lift the hold with `retouch-queue resume --lift-hold`\.$/m;
  expect((await run("status")).stdout).toMatch(held);
  expect((await run("status", manifest)).stdout).toMatch(held);
  const { holds } = JSON.parse((await run("status", manifest, "--json")).stdout) as { holds: object[] };
  expect(holds).toEqual([
    {
      reason: "rate-limited",
      since: expect.stringMatching(/Z$/),
      until: expect.stringMatching(/Z$/),
      remainingMs: expect.any(Number),
      worker: expect.any(String),
      server: expect.stringMatching(/^http:/),
      message: expect.stringMatching(held),
    },
  ]);
  const resumed = await run("resume");
  expect(resumed.stdout).toMatch(held);
  const lifted = await run("resume", "--lift-hold");
  expect(lifted.stdout).toContain("Lifted the hold. Workers send again within a minute.");
  expect(JSON.parse((await run("status", "--json")).stdout)).toMatchObject({ paused: false, holds: [] });
  limited.clear();
  const again = await run("retry", manifest);
  expect(again, again.stderr).toMatchObject({ code: 0 });
  expect((await run("resume", "--lift-hold")).stdout).toContain("there was nothing to lift");
});

it("stops feeding at Ctrl-C, and a later run continues", async () => {
  await run("pause");
  const manifest = await manifestOf("stopped", numbered("stopped", 3));
  const producer = startBin(["run", manifest, "--window", "1"], envOf("producer"), folder);
  await expect.poll(async () => (await run("status")).stdout).toContain("1 row(s) queued");
  producer.child.kill("SIGINT");
  const ended = await producer.ended;
  expect(ended).toMatchObject({ code: 130 });
  expect(ended.stderr).toContain("Stopped. 1 row(s) are queued or in flight, and go on");
  expect(ended.stderr).toContain("2 row(s) were not sent. Run the same command again to continue.");
  await run("resume");
  expect(await run("run", manifest)).toMatchObject({ code: 0 });
  expect(images.posts.filter((prompt) => prompt.startsWith("stopped"))).toHaveLength(3);
});

it("says why rows wait: the workers have another server, or there are none", async () => {
  const manifest = await manifestOf("mocked", ["mocked"]);
  const other = startBin(["run", manifest, "--mock"], envOf("producer"), folder);
  await other.waitFor("Rows wait: ");
  expect(other.stderr).toMatch(
    /Rows wait: \S+ sends to http:\/\/127\.0\.0\.1:\d+, and the run is for another server\./,
  );
  const status = await run("status", manifest);
  expect(status.stdout).toMatch(/^Rows wait: .*another server/m);
  other.child.kill("SIGINT");
  expect(await other.ended).toMatchObject({ code: 130 });
  expect(other.stderr.match(/Rows wait/g)).toHaveLength(1);
  const logs = workers.map(({ stdout }) => stdout).join("");
  expect(logs).toMatch(/"put-back".*"code":"other_server"/);

  const lonely = startBin(["run", manifest, "--mock", "--queue", "lonely"], envOf("producer"), folder);
  await lonely.waitFor("No worker takes rows from queue lonely");
  expect(lonely.stderr).toContain(
    `Start \`retouch-queue worker --redis ${redis.url} --queue lonely --storage ${folder} --mock\`.`,
  );
  lonely.child.kill("SIGINT");
  expect(await lonely.ended).toMatchObject({ code: 130 });
});

it("says of a copy of a manifest what was saved before, and of other data that it is in the way", async () => {
  await writeFile(path.join(folder, "copy.jsonl"), await readFile(path.join(folder, "twelve.jsonl")));
  expect(await run("run", "copy.jsonl")).toMatchObject({ code: 0 });
  expect((await run("status")).stdout).toMatch(/^copy\.jsonl, .*: 12 row\(s\), 12 saved before$/m);
  await run("forget", "copy.jsonl");
  expect(await run("run", "twelve.jsonl", "--skip-existing")).toMatchObject({ code: 0 });

  const client = new Redis(redis.url);
  await client.set("retouch:{other}:runs", "data");
  client.disconnect();
  const refused = await run("status", "--queue", "other", "--json");
  expect(refused).toMatchObject({ code: 2 });
  expect(refused.stderr).toContain(
    "Other data has the names of this queue. Give another one with `--queue`.",
  );
  expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: "redis_refused" } });
});

it("forgets a run that is over, and no other one", async () => {
  const open = await run("forget", "mocked.jsonl", "--queue", "lonely");
  expect(open).toMatchObject({ code: 2 });
  expect(open.stderr).toContain("mocked.jsonl is not over: 1 queued. Nothing was forgotten");
  const forgotten = await run("forget", "twelve.jsonl");
  expect(forgotten.stdout).toContain("Forgot 12 row(s) of twelve.jsonl.");
  expect((await run("status", "twelve.jsonl")).stderr).toContain("has not been run on this queue yet");
  const sent = images.posts.length;
  // Its images are in the way, so nothing is billed again.
  expect(await run("run", "twelve.jsonl")).toMatchObject({ code: 10 });
  expect(images.posts).toHaveLength(sent);
});

it("waits for a Redis that restarts, and says so once", async () => {
  await run("pause");
  const manifest = await manifestOf("restart", numbered("restart", 2));
  const producer = startBin(["run", manifest], envOf("producer"), folder);
  await expect.poll(async () => (await run("status", manifest)).stdout).toContain("0 of 2 saved, 2 waiting");
  await redis.kill();
  await producer.waitFor("Lost redis");
  await refuseConnections(redis.port, 30);
  await redis.restart();
  await producer.waitFor("Redis is back.");
  await run("resume");
  const ended = await producer.ended;
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  expect(ended.stderr.match(/Lost redis/g)).toHaveLength(1);
  expect(ended.stderr).not.toMatch(/ECONN|No worker takes rows/);
});

it("drains a worker at SIGTERM and ends with code 0", async () => {
  const [worker] = workers;
  worker?.child.kill("SIGTERM");
  expect(await worker?.ended).toMatchObject({ code: 0 });
  expect(eventsOf(worker?.stdout ?? "").at(-1)).toMatchObject({ event: "stopped" });
});

it("refuses a Redis that may forget, one that is away, and a command line that is wrong", async () => {
  const manifest = await manifestOf("refused", ["x"]);
  const lossy = await startRedis({ appendfsync: "everysec" });
  try {
    const commands = [["run", manifest], ["worker"]];
    for (const command of commands) {
      const env = envOf("lossy", { REDIS_URL: lossy.url, RETOUCH_API_KEY: "sk-test-0123456789" });
      const ended = await startBin(command, env, folder).ended;
      expect(ended).toMatchObject({ code: 2 });
      expect(ended.stderr).toContain("appendfsync everysec");
    }
  } finally {
    await lossy.close();
  }
  const away = await run("status", "--redis", `redis://:${secret}@127.0.0.1:1`);
  expect(away).toMatchObject({ code: 7 });
  expect(away.stderr).toContain("redis://127.0.0.1:1");
  const odd = await run("status", "--redis", `http://:${secret}@127.0.0.1:1`, "--json");
  expect(odd).toMatchObject({ code: 2 });
  expect(JSON.stringify([away, odd])).not.toContain(secret);
  // With neither a key nor a Redis: what is typed is named first.
  const rate = await startBin(
    ["worker", "--rate", "fast"],
    { PATH: process.env["PATH"], HOME: folder },
    folder,
  ).ended;
  expect(rate.stderr).toContain("`--rate");
  expect(rate.code).toBe(2);
  const typo = await run("run", manifest, "--max-csot", "2");
  expect(typo.stderr).toContain("Did you mean `--max-cost`? See `retouch-queue run --help`.");
  expect(typo.code).toBe(2);
});
