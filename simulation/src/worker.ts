import { parentPort } from "node:worker_threads";
import { loadProduct } from "./product.ts";
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
  readonly broken: readonly { readonly seed: number; readonly story: string }[];
}

const product = await loadProduct();

parentPort?.on("message", async ({ from, count }: Piece) => {
  const start = process.threadCpuUsage();
  const endings = await playSeeds(seedsFrom(from, count), product);
  const broken: { seed: number; story: string }[] = [];
  for (const ending of endings)
    broken.push({ seed: ending.story.seed, story: await explain(ending, product) });
  const { user, system } = process.threadCpuUsage(start);
  parentPort?.postMessage({ from, count, cpuMs: (user + system) / 1000, broken } satisfies Played);
});
