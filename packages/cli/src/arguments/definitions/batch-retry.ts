import type { CommandDefinition } from "../command-definition.ts";
import { batchRunDefinition } from "./batch-run.ts";

const ownFlags = ["retry-failed", "retry-unknown"];

/** `retouch batch retry`, as help, the parser and completion see it. */
export const batchRetryDefinition: CommandDefinition = {
  name: "batch retry",
  summary: "Send single rows of a manifest again",
  usage: ["retouch batch retry MANIFEST.jsonl|.csv ID... [options]"],
  operands: { min: 2, max: Number.POSITIVE_INFINITY, noun: "a manifest and the ids of its rows" },
  groups: batchRunDefinition.groups.map(({ title, options }) => ({
    title,
    options: options.filter(({ flag }) => !ownFlags.includes(flag)),
  })),
  examples: ["retouch batch retry shots.jsonl r7 r12"],
  notes: [
    "An ID is the id of a row, or the one that `retouch recover --list` shows. The rows may be billed a second time.",
    "Give the same -m, -p, -o, --out-dir and --skip-invalid as for the run.",
  ],
};
