import { parentPort, workerData } from "node:worker_threads";
import { loadProduct, loadQueue } from "./product.ts";
import { explainQueue, playQueueSeeds } from "./queue/queue-seeds.ts";
import { explain, playSeeds, seedsFrom } from "./seeds.ts";

/** A part of the seeds. */
export interface Piece {
  readonly from: number;
  readonly count: number;
}

/** What became of a piece. */
export interface Played extends Piece {
  readonly cpuMs: number;
  /** The shortest story of each seed that broke a promise. */
  readonly broken: readonly Broken[];
}

interface Broken {
  readonly seed: number;
  readonly story: string;
}

/** Whether stories of a queue are played. */
export interface Setting {
  readonly isQueue: boolean;
}

const play = (workerData as Setting).isQueue ? await playerOfQueues() : await playerOfCommands();

parentPort?.on("message", async ({ from, count }: Piece) => {
  const start = process.threadCpuUsage();
  const broken = await play(seedsFrom(from, count));
  const { user, system } = process.threadCpuUsage(start);
  parentPort?.postMessage({ from, count, cpuMs: (user + system) / 1000, broken } satisfies Played);
});

async function playerOfCommands() {
  const product = await loadProduct();
  return async (seeds: Iterable<number>): Promise<Broken[]> => {
    const broken: Broken[] = [];
    for (const ending of await playSeeds(seeds, product))
      broken.push({ seed: ending.story.seed, story: await explain(ending, product) });
    return broken;
  };
}

async function playerOfQueues() {
  const product = await loadQueue();
  return async (seeds: Iterable<number>): Promise<Broken[]> => {
    const broken: Broken[] = [];
    for (const ending of await playQueueSeeds(seeds, product))
      broken.push({ seed: ending.story.seed, story: await explainQueue(ending, product) });
    return broken;
  };
}
