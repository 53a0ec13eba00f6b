import { hash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type Target, toBytes } from "./target.ts";

/** The folder of this package. */
export const fuzzDirectory = fileURLToPath(new URL("../..", import.meta.url));

/** `corpus` and `findings` are committed; `cache` has what runs on this machine found, and is not. */
export type Store = "corpus" | "findings" | "cache";

function directoryOf(store: Store, target: string): string {
  const parent = store === "cache" ? path.join("node_modules", ".cache", "corpus") : store;
  return path.join(fuzzDirectory, parent, target);
}

/** Reads the stored inputs of a target, the shortest first. */
export function readInputs(store: Store, target: string): Uint8Array[] {
  const directory = directoryOf(store, target);
  try {
    return readdirSync(directory)
      .sort()
      .map((name) => new Uint8Array(readFileSync(path.join(directory, name))))
      .sort((a, b) => a.length - b.length);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return []; // no run has stored any
    throw error;
  }
}

/** Returns everything that is replayed: seeds, corpus and findings. */
export function committedInputs(target: Target): Uint8Array[] {
  return [
    ...target.seeds.map(toBytes),
    ...readInputs("corpus", target.name),
    ...readInputs("findings", target.name),
  ];
}

/** Stores one input, and returns its path from the root of the repository. */
export function storeInput(store: Store, target: string, input: Uint8Array): string {
  const directory = directoryOf(store, target);
  mkdirSync(directory, { recursive: true });
  const file = path.join(directory, hash("sha256", input).slice(0, 12));
  writeFileSync(file, input);
  return path.relative(path.join(fuzzDirectory, ".."), file);
}

/** Replaces the stored inputs of a target. */
export function replaceInputs(store: Store, target: string, inputs: readonly Uint8Array[]): void {
  rmSync(directoryOf(store, target), { recursive: true, force: true });
  for (const input of inputs) storeInput(store, target, input);
}
