import type { CommandDefinition } from "../command-definition.ts";
import { globalOptions, pickOptions } from "./shared-options.ts";

/** `retouch mock`, as help, the parser and completion see it. */
export const mockDefinition: CommandDefinition = {
  name: "mock",
  summary: "Run a server that edits like the real one, for free",
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
          description: "Port; 0 takes a free one. 4010 by default.",
        },
        { flag: "scenario", value: "NAME", description: "How every request is answered; `ok` by default." },
        { flag: "latency", value: "MS", kind: "integer", description: "Wait before each answer." },
        {
          flag: "require-key",
          value: "KEY",
          description: "Accept this key only; any key passes by default.",
        },
        { flag: "log", description: "Tell each request on stderr, without key or prompt." },
      ],
    },
    pickOptions(globalOptions, "quiet", "debug", "help"),
  ],
  examples: [
    "retouch mock --port 4010 --log",
    'retouch mock --port 0 --scenario "rate-limited x2, then ok" --latency 500',
  ],
};
