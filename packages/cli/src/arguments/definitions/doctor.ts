import type { CommandDefinition } from "../command-definition.ts";
import { connectionOptions, globalOptions, pickOptions } from "./shared-options.ts";

/** `retouch doctor`, as help, the parser and completion see it. */
export const doctorDefinition: CommandDefinition = {
  name: "doctor",
  summary: "Check this machine, the key and the connection",
  usage: ["retouch doctor [options]"],
  operands: { min: 0, max: 0, noun: "no operands" },
  groups: [
    pickOptions(connectionOptions, "base-url", "settings", "insecure-http"),
    pickOptions(globalOptions, "json", "quiet", "help"),
  ],
  examples: ["retouch doctor", "retouch doctor --base-url https://api.openai.com --json"],
  notes: ["It sends nothing that is billed."],
};
