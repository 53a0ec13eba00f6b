import type { CommandDefinition } from "../command-definition.ts";
import { globalOptions, pickOptions } from "./shared-options.ts";

/** `retouch mock`, as help, the parser and completion see it. */
export const mockDefinition: CommandDefinition = {
  name: "mock",
  summary: "Run a local mock server, free of charge",
  usage: ["retouch mock [--port N] [--scenario NAME] [--latency MS] [--log]"],
  operands: { min: 0, max: 0, noun: "no operands" },
  groups: [
    {
      title: "Server",
      options: [
        {
          flag: "port",
          value: "N",
          kind: "integer",
          range: [0, 65_535],
          description: "Port; 0 for any free one. 4010 by default.",
        },
        { flag: "scenario", value: "NAME", description: "Response to every request; `ok` by default." },
        {
          flag: "latency",
          value: "MS",
          kind: "integer",
          range: [0, 2_147_483_647],
          description: "Delay before each response.",
        },
        {
          flag: "require-key",
          value: "KEY",
          description: "Accept this key only; any key passes by default.",
        },
        { flag: "log", description: "Log each request to stderr, without key and prompt." },
      ],
    },
    pickOptions(globalOptions, "quiet", "debug", "help"),
  ],
  examples: [
    "retouch mock --port 4010 --log",
    'retouch mock --port 0 --scenario "rate-limited x2, then ok" --latency 500',
  ],
};
