import type { CommandDefinition } from "../command-definition.ts";
import { globalOptions, pickOptions } from "./shared-options.ts";

/** `retouch recover`, as help, the parser and completion see it. */
export const recoverDefinition: CommandDefinition = {
  name: "recover",
  summary: "Save images that were billed but not written",
  usage: ["retouch recover [--list | --dismiss ID]"],
  operands: { min: 0, max: 0, noun: "no operands" },
  groups: [
    {
      title: "Actions",
      options: [
        { flag: "list", description: "Only list; write nothing." },
        {
          flag: "dismiss",
          value: "ID",
          repeatable: true,
          description: "Forget an edit and its kept response.",
        },
      ],
    },
    pickOptions(globalOptions, "json", "quiet", "help"),
  ],
  examples: ["retouch recover --list", "retouch recover"],
};
