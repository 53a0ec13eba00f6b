import path from "node:path";
import type { Bill, SimProcess } from "../world/sim-process.ts";
import { nameOf } from "../world/world.ts";

/** Names a bill in what a story prints. */
export function describe({ request, process }: Bill): string {
  return `"${request}" of ${nameOf(process)}`;
}

/** Returns whether a person accepts to pay again. */
export function isAsked({ argv }: SimProcess): boolean {
  return argv.includes("--retry-unknown");
}

export function isBatch({ argv }: SimProcess): boolean {
  return argv[0] === "batch";
}

export function directoryOf({ argv }: SimProcess): string {
  return path.dirname(argv[2] ?? "");
}

/** Returns whether two processes run the same manifest. */
export function isSameRun(a: SimProcess, b: SimProcess): boolean {
  return isBatch(a) && isBatch(b) && a.argv[2] === b.argv[2];
}

export function sharesState(a: SimProcess, b: SimProcess): boolean {
  return a.machine.tree.volumes.get("state") === b.machine.tree.volumes.get("state");
}

export function sharesWork(a: SimProcess, b: SimProcess): boolean {
  return a.machine.tree.volumes.get("data") === b.machine.tree.volumes.get("data");
}
