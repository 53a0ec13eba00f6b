import type { CommandSpec } from "../command-definition.ts";
import { manners, pickOptions } from "./shared-options.ts";

/** `retouch recover`, as help, the parser and completion see it. */
export const recoverSpec: CommandSpec = {
  name: "recover",
  summary: "Write pictures that were paid for but never saved",
  usage: ["retouch recover [--list | --dismiss ID]"],
  operands: { min: 0, max: 0, noun: "no operands" },
  groups: [
    {
      title: "What to do",
      options: [
        { flag: "list", description: "Only list; write nothing." },
        {
          flag: "dismiss",
          value: "ID",
          repeatable: true,
          description: "Forget an edit and its kept answer.",
        },
      ],
    },
    pickOptions(manners, "json", "quiet", "help"),
  ],
  examples: ["retouch recover --list", "retouch recover"],
};
