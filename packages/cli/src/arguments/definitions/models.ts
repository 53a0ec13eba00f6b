import type { CommandSpec } from "../command-definition.ts";
import { manners, pickOptions } from "./connection-options.ts";
import { exampleModel } from "./example-model.ts";

/** `retouch models`, as help, the parser and completion see it. */
export const modelsSpec: CommandSpec = {
  name: "models",
  summary: "List the models we know, with their limits",
  usage: ["retouch models [MODEL]"],
  operands: { min: 0, max: 1, noun: "one model" },
  groups: [pickOptions(manners, "json", "quiet", "help")],
  examples: ["retouch models", `retouch models ${exampleModel}`, "retouch models --json"],
};
