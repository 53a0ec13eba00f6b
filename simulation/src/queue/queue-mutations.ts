import { readdir, readFile } from "node:fs/promises";
import { type Patch, parsePatch } from "../apply-patch.ts";
import type { Caught } from "../mutations.ts";
import { loadQueue } from "../product.ts";
import { seedsFrom } from "../seeds.ts";
import { playQueueSeeds } from "./queue-seeds.ts";

const directory = new URL("../../mutations/queue/", import.meta.url);

/** Lists the mutations of the queue by name: each is a patch of its worker or its ledger that breaks a promise. */
export async function listQueueMutations(): Promise<string[]> {
  const names = await readdir(directory);
  return names.map((name) => name.replace(/\.patch$/, "")).sort();
}

/** Reads a mutation by its name. */
export async function readQueueMutation(name: string): Promise<Patch> {
  return parsePatch(await readFile(new URL(`${name}.patch`, directory), "utf8"));
}

/** Plays seeds with a mutated queue until one breaks a promise; undefined if none does. */
export async function catchQueueMutation(
  name: string,
  from: number,
  seeds: number,
): Promise<Caught | undefined> {
  const product = await loadQueue(await readQueueMutation(name));
  const [ending] = await playQueueSeeds(seedsFrom(from, seeds), product, { stopAfter: 1 });
  const [what] = ending?.violations ?? [];
  return ending && what !== undefined ? { seed: ending.story.seed, what } : undefined;
}
