import type { CommandDefinition } from "../command-definition.ts";
import { globalOptions, pickOptions } from "./shared-options.ts";

/** `retouch recover`, as help, the parser and completion see it. */
export const recoverDefinition: CommandDefinition = {
  name: "recover",
  summary: "Save images that were billed but not written",
  usage: ["retouch recover [ID ...] [-o PATH|DIR]", "retouch recover --list | --dismiss ID"],
  operands: { min: 0, max: 1000, noun: "ids of edits" },
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
    {
      title: "Output",
      options: [
        {
          flag: "output",
          short: "o",
          value: "PATH",
          description: "Write there instead: a path, a template or a folder.",
        },
      ],
    },
    pickOptions(globalOptions, "json", "quiet", "help"),
  ],
  examples: ["retouch recover --list", "retouch recover", "retouch recover 01J9ZK -o rescued/"],
};
