import { readdir, readFile } from "node:fs/promises";
import { type Patch, parsePatch } from "./apply-patch.ts";
import { loadProduct } from "./product.ts";
import { playSeeds, seedsFrom } from "./seeds.ts";

/** How a mutation of the product was caught. */
export interface Caught {
  readonly seed: number;
  readonly what: string;
}

const directory = new URL("../mutations/", import.meta.url);

/** Lists the mutations by name: each is a patch of one source file that breaks a promise. */
export async function listMutations(): Promise<string[]> {
  const names = await readdir(directory);
  return names
    .filter((name) => name.endsWith(".patch"))
    .map((name) => name.slice(0, -".patch".length))
    .sort();
}

/** Reads a mutation by its name. */
export async function readMutation(name: string): Promise<Patch> {
  return parsePatch(await readFile(new URL(`${name}.patch`, directory), "utf8"));
}

/** Plays seeds from 1 on with a mutated product until one breaks a promise; undefined if none does. */
export async function catchMutation(name: string, seeds: number): Promise<Caught | undefined> {
  const patch = await readMutation(name);
  const [ending] = await playSeeds(seedsFrom(1, seeds), await loadProduct(patch), { stopAfter: 1 });
  const what = ending?.violations[0]?.what;
  return ending && what !== undefined ? { seed: ending.story.seed, what } : undefined;
}
