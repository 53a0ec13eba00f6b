import { hash } from "node:crypto";
import type { Tree } from "../world/disk.ts";
import type { Machine } from "../world/machine.ts";

/** Returns whether a journal that survives a crash says that a prompt was sent. */
export function isSentOnDisk(tree: Tree, prompt: string): boolean {
  const sha256 = hash("sha256", prompt);
  for (const [file, { synced = Buffer.alloc(0) }] of tree.walk("/state")) {
    if (!file.endsWith(".jsonl")) continue;
    const entries = linesOf(synced.toString());
    const id = entries.findLast((entry) => entry["promptSha256"] === sha256)?.["id"];
    if (id === undefined) continue;
    const last = entries.findLast((entry) => entry["id"] === id);
    // An interruption can be recorded while the form is still on its way.
    if (last?.["type"] === "sent" || last?.["outcome"] === "unknown") return true;
  }
  return false;
}

/** Returns the hashes of the prompts of edits, by the journals. */
export function promptsOf(machines: readonly Machine[], ids: ReadonlySet<unknown>): ReadonlySet<string> {
  const prompts = new Set<string>();
  for (const { tree } of machines) {
    for (const [file, { data }] of tree.walk("/state")) {
      if (!file.endsWith(".jsonl")) continue;
      for (const { id, promptSha256 } of linesOf(data.toString()))
        if (ids.has(id) && typeof promptSha256 === "string") prompts.add(promptSha256);
    }
  }
  return prompts;
}

function linesOf(text: string): Readonly<Record<string, unknown>>[] {
  return text.split("\n").flatMap((line) => {
    try {
      return [JSON.parse(line) as Record<string, unknown>];
    } catch {
      return [];
    }
  });
}
