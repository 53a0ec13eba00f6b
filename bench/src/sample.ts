/** One sample in a process of its own: `node sample.ts CONTENDER WORK URL FILES_FOLDER` prints one line of JSON. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import type { Contender } from "./contender.ts";

export interface Sample {
  readonly timeMs: number;
  readonly cpuMs: number;
  readonly peakMib: number;
  readonly stallMs: number;
  /** Calls per second with 64 in flight; for small calls alone. */
  readonly perSecond?: number;
}

const [name = "", work = "", origin = "", filesFolder = ""] = process.argv.slice(2);
const contender = (await import(`./contenders/${name}.ts`)) as Contender;
const image = new Uint8Array(await readFile(join(filesFolder, "small.png")));
const folder = await mkdtemp(join(tmpdir(), "retouch-bench-"));

async function uploadPaths(count: number): Promise<string[]> {
  const names = (await readdir(filesFolder)).filter((file) => file.startsWith("big-")).sort();
  return Array.from({ length: count }, (_, index) => join(filesFolder, names[index % names.length] ?? ""));
}

/** Gives back the median time of one of 300 calls in a row, after 50 to warm up. */
async function sequential(): Promise<number> {
  const times: number[] = [];
  for (let call = 0; call < 350; call++) {
    const start = performance.now();
    await contender.small(`${origin}/small`, image);
    if (call >= 50) times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return times[150] ?? Number.NaN;
}

/** Gives back how many calls end in a second while 64 are always in flight. */
async function inFlight(): Promise<number> {
  let left = 1_920;
  const start = performance.now();
  await Promise.all(
    Array.from({ length: 64 }, async () => {
      while (left-- > 0) await contender.small(`${origin}/small`, image);
    }),
  );
  return 1_920 / ((performance.now() - start) / 1_000);
}

const loop = monitorEventLoopDelay({ resolution: 1 });
loop.enable();
const cpu = process.cpuUsage();
const start = performance.now();
let medianMs: number | undefined;
let perSecond: number | undefined;

const [kind, ...details] = work.split(":");
if (kind === "small") {
  medianMs = await sequential();
  perSecond = await inFlight();
} else if (kind === "upload") {
  const [from, count] = details;
  await contender.upload?.(`${origin}/upload`, await uploadPaths(Number(count)), from as "paths" | "buffers");
} else if (kind === "answer") {
  const [format, to, count, mebibytes] = details;
  const bytes = await contender.answer?.({
    baseUrl: `${origin}/answer-${format}-${count}-${mebibytes}`,
    image,
    format: format as "json" | "sse",
    to: to as "memory" | "files",
    folder,
  });
  const expected = Number(count) * Number(mebibytes) * 1024 * 1024;
  if (bytes !== expected) throw new Error(`${name} returned ${bytes} bytes of pictures, not ${expected}.`);
}

const timeMs = medianMs ?? performance.now() - start;
const used = process.cpuUsage(cpu);
loop.disable();
await rm(folder, { recursive: true });
const sample: Sample = {
  timeMs,
  cpuMs: (used.user + used.system) / 1_000,
  peakMib: process.resourceUsage().maxRSS / 1024,
  stallMs: loop.max / 1e6,
  ...(perSecond === undefined ? {} : { perSecond }),
};
console.log(JSON.stringify(sample));
process.exit(0);
