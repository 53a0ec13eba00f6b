/** One sample in its own process: `node sample.mjs CONTENDER WORK URL FILES_DIRECTORY` prints one line of JSON. */
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { bytesRead } from "./bytes-read.ts";
import type { Contender } from "./contender.ts";
import { peakMib } from "./peak-mib.ts";

export interface Sample {
  readonly timeMs: number;
  readonly cpuMs: number;
  readonly peakMib: number;
  readonly stallMs?: number;
  /** The number of forms sent, including the warm-up. */
  readonly posts: number;
  /** Calls per second with 64 in flight; only for small calls. */
  readonly perSecond?: number;
  /** The amount read from disk; only for preflight. */
  readonly readKib?: number;
}

const [name = "", work = "", origin = "", filesDirectory = ""] = process.argv.slice(2);
const [kind, ...details] = work.split(":");
const contender = (await import(`./contenders/${name}.ts`)) as Contender;
const image = new Uint8Array(await readFile(join(filesDirectory, "small.png")));
const directory = await mkdtemp(join(tmpdir(), "retouch-bench-"));
let posts = 0;

async function small(): Promise<void> {
  posts++;
  await contender.small?.(`${origin}/small`, image);
}

/** Returns the median time of 600 sequential calls, after 200 to warm up. */
async function sequential(): Promise<number> {
  const times: number[] = [];
  for (let call = 0; call < 800; call++) {
    const start = performance.now();
    await small();
    if (call >= 200) times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[300] ?? Number.NaN;
}

/** Runs the work `count` times with `concurrency` always in flight; returns how many complete per second. */
async function inFlight(
  concurrency: number,
  count: number,
  one: (index: number) => Promise<void>,
): Promise<number> {
  let next = 0;
  const start = performance.now();
  const worker = async () => {
    while (next < count) await one(next++);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return count / ((performance.now() - start) / 1_000);
}

async function receive(
  [format, to, count, mebibytes]: readonly string[],
  target = directory,
  server = origin,
): Promise<void> {
  posts++;
  const bytes = await contender.receive?.({
    baseUrl: `${server}/response-${format}-${count}-${mebibytes}`,
    image,
    format: format as "json" | "sse",
    to: to as "memory" | "files",
    directory: target,
    count: Number(count),
  });
  const expected = Number(count) * Number(mebibytes) * 1024 * 1024;
  if (bytes !== expected) throw new Error(`${name} returned ${bytes} bytes of images, not ${expected}.`);
}

async function paths(prefix: string, count: number): Promise<string[]> {
  const names = (await readdir(filesDirectory)).filter((file) => file.startsWith(prefix)).sort();
  return Array.from({ length: count }, (_, index) => join(filesDirectory, names[index % names.length] ?? ""));
}

/** The benchmarks; each returns its own measurements. */
const run: Record<string, () => Promise<Partial<Sample>>> = {
  async small() {
    const timeMs = await sequential();
    return { timeMs, perSecond: await inFlight(64, 3_200, small) };
  },
  async upload() {
    const [from, count, mebibytes] = details;
    posts++;
    const files = await paths(`big-${mebibytes}-`, Number(count));
    await contender.upload?.(`${origin}/upload`, files, from as "paths" | "buffers");
    return {};
  },
  async receive() {
    await receive(details);
    return {};
  },
  async batch() {
    const [concurrency, count, mebibytes = "", seconds] = details;
    const server = seconds === undefined ? origin : `${origin}/after-${seconds}`;
    await inFlight(Number(concurrency), Number(count), async (index) => {
      const target = join(directory, String(index));
      await mkdir(target);
      await receive(["json", "files", "1", mebibytes], target, server);
    });
    return {};
  },
  async preflight() {
    const images =
      details[0] === "mask"
        ? [join(filesDirectory, "masked.png")]
        : await paths(details[0] === "images" ? "big-24-" : "photograph-", 16);
    const mask = details[0] === "mask" ? join(filesDirectory, "mask.png") : undefined;
    await contender.check?.(images, mask);
    const before = await bytesRead();
    const start = performance.now();
    await contender.check?.(images, mask);
    const timeMs = performance.now() - start;
    const after = await bytesRead();
    if (before === undefined || after === undefined) return { timeMs };
    return { timeMs, readKib: (after - before) / 1024 };
  },
};

const measure = run[kind ?? ""];
if (!measure) throw new Error(`Unknown benchmark: ${work}. Use an id of works.ts.`);
// One call to load code, compile it and connect: the benchmark measures a warm client. `small` has its own warm-up.
if (kind !== "small" && kind !== "preflight") await small();
const loop = monitorEventLoopDelay({ resolution: 1 });
loop.enable();
const cpu = process.cpuUsage();
const start = performance.now();
const measured = await measure().catch(async (error: unknown) => {
  await rm(directory, { recursive: true });
  throw error;
});
const timeMs = performance.now() - start;
const used = process.cpuUsage(cpu);
loop.disable();
await rm(directory, { recursive: true });
const sample: Sample = {
  timeMs,
  cpuMs: (used.user + used.system) / 1_000,
  peakMib: peakMib(),
  stallMs: loop.max / 1e6,
  posts,
  ...measured,
};
console.log(JSON.stringify(sample));
process.exit(0);
