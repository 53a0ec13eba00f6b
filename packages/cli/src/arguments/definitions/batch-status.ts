import type { CommandDefinition } from "../command-definition.ts";
import { globalOptions, pickOptions } from "./shared-options.ts";

/** `retouch batch status`, as help, the parser and completion see it. */
export const batchStatusDefinition: CommandDefinition = {
  name: "batch status",
  summary: "Show the progress of a manifest",
  usage: ["retouch batch status MANIFEST"],
  operands: { min: 1, max: 1, noun: "one manifest" },
  groups: [pickOptions(globalOptions, "json", "quiet", "help")],
  examples: ["retouch batch status shots.jsonl", "retouch batch status shots.jsonl --json"],
};
