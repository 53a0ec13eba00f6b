import type { CommandDefinition } from "../command-definition.ts";
import { exampleModel, globalOptions, pickOptions } from "./shared-options.ts";

/** `retouch models`, as help, the parser and completion see it. */
export const modelsDefinition: CommandDefinition = {
  name: "models",
  summary: "List known models with their limits",
  usage: ["retouch models [MODEL]"],
  operands: { min: 0, max: 1, noun: "one model" },
  groups: [pickOptions(globalOptions, "json", "quiet", "help")],
  examples: ["retouch models", `retouch models ${exampleModel}`, "retouch models --json"],
};
