import type { CommandDefinition } from "../command-definition.ts";
import { globalOptions, pickOptions } from "./shared-options.ts";

/** `retouch completion`, as help, the parser and completion see it. */
export const completionDefinition: CommandDefinition = {
  name: "completion",
  summary: "Print a completion script",
  usage: ["retouch completion bash|zsh|fish"],
  operands: { min: 1, max: 1, noun: "a shell: bash, zsh or fish" },
  operandChoices: ["bash", "zsh", "fish"],
  groups: [pickOptions(globalOptions, "help")],
  examples: [
    "retouch completion bash >> ~/.bashrc",
    "retouch completion zsh > ~/.zfunc/_retouch",
    "retouch completion fish > ~/.config/fish/completions/retouch.fish",
  ],
};
