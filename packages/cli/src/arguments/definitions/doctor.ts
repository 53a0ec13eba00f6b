import type { CommandDefinition } from "../command-definition.ts";
import { connectionOptions, globalOptions, modelOption, pickOptions } from "./shared-options.ts";

/** `retouch doctor`, as help, the parser and completion see it. */
export const doctorDefinition: CommandDefinition = {
  name: "doctor",
  summary: "Check this machine, the key and the connection",
  usage: ["retouch doctor [options]"],
  operands: { min: 0, max: 0, noun: "no operands" },
  groups: [
    {
      title: "Connection",
      options: [
        ...connectionOptions.options.filter(({ flag }) => flag !== "mock" && flag !== "timeout"),
        { ...modelOption, description: "Model whose limits are named (RETOUCH_MODEL)." },
      ],
    },
    pickOptions(globalOptions, "json", "quiet", "help"),
  ],
  examples: [
    "retouch doctor",
    "retouch doctor --base-url https://api.openai.com --json",
    "retouch doctor --dialect xai",
  ],
  notes: [
    "It sends nothing that is billed, and no key.",
    "It also prints what an edit would send where: URL, header of the key, body, and what of a preset is not verified.",
  ],
};
