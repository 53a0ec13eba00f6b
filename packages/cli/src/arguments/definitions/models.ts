import type { CommandSpec } from "../command-definition.ts";
import { exampleModel, manners, pickOptions } from "./shared-options.ts";

/** `retouch models`, as help, the parser and completion see it. */
export const modelsSpec: CommandSpec = {
  name: "models",
  summary: "List the models we know, with their limits",
  usage: ["retouch models [MODEL]"],
  operands: { min: 0, max: 1, noun: "one model" },
  groups: [pickOptions(manners, "json", "quiet", "help")],
  examples: ["retouch models", `retouch models ${exampleModel}`, "retouch models --json"],
};
