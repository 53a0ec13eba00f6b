import path from "node:path";
import type { Bill, SimProcess } from "../world/sim-process.ts";
import { nameOf } from "../world/world.ts";
import { type Manifest, places, rowId, type Story } from "./story.ts";

/** Names a bill in what a story prints. */
export function describe({ request, process }: Bill): string {
  return `"${request}" of ${nameOf(process)}`;
}

/** Returns whether a person accepts to pay again for what has a prompt. */
export function isAsked(argv: readonly string[], prompt: string, { manifests }: Story): boolean {
  return argv.includes("--retry-unknown") || (argv[1] === "retry" && isChosen(argv, prompt, manifests));
}

/** Returns whether `batch retry` names the row of a prompt; any other command works on all of its own. */
export function isChosen(argv: readonly string[], prompt: string, manifests: Story["manifests"]): boolean {
  if (argv[1] !== "retry") return true;
  const { prompts = [] } = manifestOf(argv, manifests) ?? {};
  return argv.includes(rowId(prompts.indexOf(prompt)));
}

/** Returns the manifest of a batch, wherever its folder has been moved to. */
export function manifestOf(argv: readonly string[], manifests: Story["manifests"]): Manifest | undefined {
  return manifests.find(({ file }) => file === unmoved(argv[2] ?? ""));
}

/** Returns a path as if its folder had never been moved. */
function unmoved(file: string): string {
  const [first, second] = places;
  return file.replace(second, first);
}

export function isBatch({ argv }: SimProcess): boolean {
  return argv[0] === "batch";
}

/** Returns the folder of a batch, as if it had never been moved. */
export function directoryOf({ argv }: SimProcess): string {
  return path.dirname(unmoved(argv[2] ?? ""));
}

/** Returns whether two processes run the same manifest. */
export function isSameRun(a: SimProcess, b: SimProcess): boolean {
  return isBatch(a) && isBatch(b) && unmoved(a.argv[2] ?? "") === unmoved(b.argv[2] ?? "");
}

export function sharesState(a: SimProcess, b: SimProcess): boolean {
  return a.machine.tree.volumes.get("state") === b.machine.tree.volumes.get("state");
}

export function sharesWork(a: SimProcess, b: SimProcess): boolean {
  return a.machine.tree.volumes.get("data") === b.machine.tree.volumes.get("data");
}
