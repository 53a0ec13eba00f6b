import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Queue } from "bullmq";
import type { Redis } from "ioredis";
import { task } from "./contender.ts";
import { freshEnvironment } from "./fresh-environment.ts";
import { rowCount, type Setting, withSetting } from "./queue-setting.ts";
import { median, spread } from "./statistics.ts";
import { table } from "./write-report.ts";

const pathOf = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const cli = pathOf("../node_modules/@retouch/cli/dist/bin.js");
const queueBin = pathOf("../node_modules/@retouch/queue/dist/bin.js");
const reporter = pathOf("./report-usage.cjs");

/** How 400 rows with 8 edits in flight a process went. */
interface Times {
  /** Between the first and the last saved row. */
  readonly rowsPerSecond: number;
  /** Of the processes that send. */
  readonly cpuMsPerRow: number;
  readonly redisUsPerRow?: number;
  /** What Redis keeps of a row once all have ended. */
  readonly bytesPerRow?: number;
}

/** Compares rows on a queue with the same rows in one process, and with BullMQ alone. */
export async function queueTimes(origin: string, rounds: number): Promise<string> {
  const contenders: Record<string, (setting: Setting) => Promise<Times>> = {
    "`retouch batch run`, no queue": runBatch,
    "BullMQ and the client, 1 worker, no fence": runBare,
    "`retouch-queue`, 1 worker": (setting) => runQueue(setting, 1),
    "`retouch-queue`, 2 workers": (setting) => runQueue(setting, 2),
    "`retouch-queue`, 4 workers": (setting) => runQueue(setting, 4),
  };
  const taken = new Map<string, Times[]>();
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(contenders)) {
      const times = await withSetting(`${origin}/small`, run);
      taken.set(name, [...(taken.get(name) ?? []), times]);
    }
  }
  const rows = [...taken].map(([name, times]) => [
    name,
    spread(
      times.map(({ rowsPerSecond }) => rowsPerSecond),
      0,
    ),
    spread(times.map(({ cpuMsPerRow }) => cpuMsPerRow)),
    ...(["redisUsPerRow", "bytesPerRow"] as const).map((field) => {
      const values = times.flatMap((time) => time[field] ?? []);
      return values.length === 0 ? "" : String(Math.round(median(values)));
    }),
  ]);
  const head = [
    "contender",
    "rows/s",
    "CPU of its workers a row, ms",
    "CPU of Redis a row, µs",
    "left in Redis of a row, bytes",
  ];
  return `### ${rowCount} small edits of a manifest, 8 in flight in each process, with a server that responds immediately\n\n${table(head, rows)}`;
}

async function runBatch({ directory, baseUrl }: Setting): Promise<Times> {
  const args = ["batch", "run", "rows.jsonl", "--concurrency", "8", "--model", task.model];
  const child = start(cli, [...args, "--base-url", baseUrl, "--json"], directory, "state");
  const usage = collect(child.stdio[3]);
  const rowsPerSecond = rateOf(await savedTimes(child));
  await ended(child);
  return { rowsPerSecond, cpuMsPerRow: cpuOf(usage()) / rowCount };
}

async function runQueue({ directory, baseUrl, url, redis }: Setting, count: number): Promise<Times> {
  const common = ["--redis", url, "--base-url", baseUrl, "--json"];
  const workers = Array.from({ length: count }, (_, at) => {
    const args = ["worker", "--storage", directory, "--concurrency", "8", ...common];
    return start(queueBin, args, directory, `state-${at}`);
  });
  const usages = workers.map((child) => collect(child.stdio[3]));
  await Promise.all(workers.map((child) => lineWith(child, "ready")));
  const before = await usageOf(redis);
  const args = ["run", "rows.jsonl", "--model", task.model, ...common];
  const producer = start(queueBin, args, directory, "state-producer");
  const rowsPerSecond = rateOf(await savedTimes(producer));
  await ended(producer);
  const after = await usageOf(redis);
  for (const child of workers) {
    child.kill("SIGTERM");
    await once(child, "close");
  }
  const cpuMs = usages.reduce((sum, usage) => sum + cpuOf(usage()), 0);
  return { rowsPerSecond, cpuMsPerRow: cpuMs / rowCount, ...differenceOf(before, after) };
}

async function runBare({ directory, baseUrl, url, redis }: Setting): Promise<Times> {
  const worker = fork(pathOf("./bare-queue-worker.ts"), [url, baseUrl, directory]);
  await once(worker, "message");
  const before = await usageOf(redis);
  const queue = new Queue("bare", { connection: redis });
  const times: number[] = [];
  const all = new Promise<void>((resolve) => {
    worker.on("message", () => {
      times.push(performance.now());
      if (times.length === rowCount) resolve();
    });
  });
  await queue.addBulk(
    Array.from({ length: rowCount }, (_, at) => ({
      name: "row",
      data: { prompt: `${task.prompt} ${at}`, output: `out/${at}.png` },
    })),
  );
  await all;
  worker.removeAllListeners("message");
  worker.send("end");
  const [{ cpuMs }] = (await once(worker, "message")) as [{ cpuMs: number }];
  await once(worker, "close");
  const after = await usageOf(redis);
  await queue.close();
  return { rowsPerSecond: rateOf(times), cpuMsPerRow: cpuMs / rowCount, ...differenceOf(before, after) };
}

function start(bin: string, args: string[], directory: string, state: string): ChildProcess {
  return spawn(process.execPath, ["--require", reporter, bin, ...args], {
    cwd: directory,
    env: {
      ...freshEnvironment(),
      RETOUCH_API_KEY: "bench",
      XDG_STATE_HOME: join(directory, state),
    },
    stdio: ["ignore", "pipe", "inherit", "pipe"],
  });
}

/** Returns when each row was reported as saved. */
async function savedTimes({ stdout }: ChildProcess): Promise<number[]> {
  const times: number[] = [];
  if (stdout === null) return times;
  for await (const line of createInterface(stdout))
    if ((JSON.parse(line) as { event?: string }).event === "saved") times.push(performance.now());
  if (times.length !== rowCount) throw new Error(`Error: ${times.length} rows were saved, not ${rowCount}.`);
  return times;
}

/** Waits until a process prints a line with a text, and drops what follows. */
function lineWith({ stdout }: ChildProcess, text: string): Promise<void> {
  return new Promise((resolve) => {
    if (stdout !== null)
      createInterface(stdout).on("line", (line) => {
        if (line.includes(text)) resolve();
      });
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null) await once(child, "close");
  if (child.exitCode !== 0)
    throw new Error(`Error: ${child.spawnargs.join(" ")} ended with ${child.exitCode}.`);
}

function rateOf(times: readonly number[]): number {
  return ((times.length - 1) * 1000) / ((times.at(-1) ?? 0) - (times[0] ?? 0));
}

function collect(stream: unknown): () => string {
  let text = "";
  // Pipes, as configured by `stdio`.
  (stream as NodeJS.ReadableStream).on("data", (chunk: Buffer) => {
    text += String(chunk);
  });
  return () => text;
}

const cpuOf = (usage: string) => (JSON.parse(usage) as { cpuMs: number }).cpuMs;

async function usageOf(redis: Redis): Promise<{ cpuUs: number; bytes: number }> {
  const text = await redis.info();
  const number = (name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, "m").exec(text)?.[1]);
  const cpuUs = (number("used_cpu_user") + number("used_cpu_sys")) * 1e6;
  let bytes = 0;
  // By key: the memory of all has buffers in it, which are more than a few hundred rows.
  for await (const keys of redis.scanStream() as AsyncIterable<string[]>)
    for (const key of keys) bytes += (await redis.memory("USAGE", key, "SAMPLES", 0)) ?? 0;
  return { cpuUs, bytes };
}

type RedisUsage = Awaited<ReturnType<typeof usageOf>>;

function differenceOf(before: RedisUsage, after: RedisUsage) {
  return {
    redisUsPerRow: (after.cpuUs - before.cpuUs) / rowCount,
    bytesPerRow: (after.bytes - before.bytes) / rowCount,
  };
}
