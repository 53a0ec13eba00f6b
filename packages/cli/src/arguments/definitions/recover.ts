import type { CommandDefinition } from "../command-definition.ts";
import { connectionOptions, globalOptions, pickOptions } from "./shared-options.ts";

/** `retouch recover`, as help, the parser and completion see it. */
export const recoverDefinition: CommandDefinition = {
  name: "recover",
  summary: "Save images that were billed but not written",
  usage: ["retouch recover [ID...] [-o PATH|DIR]", "retouch recover [--list | --dismiss ID]"],
  operands: { min: 0, max: Number.POSITIVE_INFINITY, noun: "ids of edits" },
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
        {
          flag: "output",
          short: "o",
          value: "PATH|DIR",
          description: "Write there instead, for example when the disk is full.",
        },
      ],
    },
    {
      title: "Connection, for tasks and downloads",
      options: connectionOptions.options.filter(({ flag }) => flag !== "mock"),
    },
    pickOptions(globalOptions, "json", "quiet", "debug", "help"),
  ],
  examples: ["retouch recover --list", "retouch recover", "retouch recover ID -o other/"],
};
