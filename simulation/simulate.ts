/** `pnpm simulate`: plays the stories of many seeds, on every core. */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import type { Piece, Played, Setting } from "./src/worker.ts";

const help = `Usage: pnpm simulate [--queue] [--seeds N] [--from S] [--workers W]

Plays the stories of the seeds from S (1) to S+N-1 (N is 1000): batches, edits, retries and \`recover\` in a simulated world
that kills, freezes, crashes, cuts and fills up, and checks that nothing is billed twice and nothing billed is lost. A seed
that breaks a promise prints its shortest story. The same seed always gives the same one.

  --queue  Plays producers and workers of \`@retouch/queue\` over a simulated Redis instead: lost replies, jobs delivered
           twice, outages, uploads that fail, pauses, retries by a person.

Exit code 0 if every promise held, 1 if not. At the end it says how to go on with the next seeds.
`;

/** Seeds that a worker plays before it reports. */
const pieceSize = 50;

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    from: { type: "string", default: "1" },
    workers: { type: "string", default: String(availableParallelism()) },
    queue: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});
const [seeds, from, workers] = [values.seeds, values.from, values.workers].map(Number) as [
  number,
  number,
  number,
];

if (values.help) console.log(help);
else if (![seeds, from, workers].every((given) => Number.isInteger(given) && given > 0)) {
  console.error(
    "Each of `--seeds`, `--from` and `--workers` is a whole number from 1 on. See `pnpm simulate --help`.",
  );
  process.exitCode = 2;
} else process.exitCode = (await simulate()) === 0 ? 0 : 1;

/** Plays all seeds, and returns how many broke a promise. */
async function simulate(): Promise<number> {
  const started = performance.now();
  const pieces = split();
  const last = from + seeds - 1;
  const broken: number[] = [];
  let played = 0;
  let cpuMs = 0;
  let saidMs = started;
  const say = (): void => {
    const seconds = (performance.now() - started) / 1000;
    const rate = `${(played / seconds).toFixed(0)} seeds/s, ${(played / (cpuMs / 1000)).toFixed(0)} per CPU-second of a core`;
    console.log(`${played} of ${seeds} seeds, ${rate}, ${broken.length} broke a promise`);
  };
  const take = (result: Played): void => {
    played += result.count;
    cpuMs += result.cpuMs;
    for (const { seed, story } of result.broken) {
      broken.push(seed);
      console.log(`\n${story}\n`);
    }
    if (performance.now() - saidMs < 5_000) return;
    saidMs = performance.now();
    say();
  };
  await Promise.all(
    Array.from({ length: Math.min(workers, Math.ceil(seeds / pieceSize)) }, () => work(pieces, take)),
  );
  say();
  if (broken.length > 0) console.log(`Broken: ${broken.sort((a, b) => a - b).join(", ")}`);
  console.log(
    `Seeds ${from} to ${last} are done. Go on with: pnpm simulate ${values.queue ? "--queue " : ""}--seeds ${seeds} --from ${last + 1}`,
  );
  return broken.length;
}

function* split(): Generator<Piece> {
  for (let start = from; start < from + seeds; start += pieceSize)
    yield { from: start, count: Math.min(pieceSize, from + seeds - start) };
}

/** Plays pieces in one worker until none is left. */
function work(pieces: Generator<Piece>, take: (played: Played) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./src/worker.ts", import.meta.url), {
      // Processes come and go by the thousand; most of them never need to leave the nursery.
      workerData: { isQueue: values.queue } satisfies Setting,
      resourceLimits: { maxYoungGenerationSizeMb: 192 },
    });
    const next = (): void => {
      const { value, done } = pieces.next();
      if (done === true) void worker.terminate().then(() => resolve());
      else worker.postMessage(value);
    };
    worker.on("error", reject);
    worker.on("message", (played: Played) => {
      take(played);
      next();
    });
    next();
  });
}
