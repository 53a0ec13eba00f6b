import { readdirSync } from "node:fs";
import path from "node:path";
import { fuzzDirectory } from "./engine/corpus.ts";

const directory = path.join(fuzzDirectory, "src", "targets");

/** Returns the names of all targets: those of their files. */
export function targetNames(): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith(".ts"))
    .map((name) => name.slice(0, -3))
    .sort();
}

/** Returns the file of a target. */
export function targetFile(name: string): string {
  return path.join(directory, `${name}.ts`);
}
