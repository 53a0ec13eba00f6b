import { specModels } from "../../generated/fields.gen.ts";
import type { OptionSpec } from "../command-definition.ts";

/** What a command that writes pictures does about files that are there. */
export const outputOptions: readonly OptionSpec[] = [
  { flag: "force", short: "f", description: "Overwrite existing outputs." },
  { flag: "skip-existing", description: "Leave existing outputs alone and send nothing for them." },
  { flag: "dry-run", description: "Check everything, show what would be sent, send nothing." },
];

/** `--paste-back`. */
export const pasteBackOption: OptionSpec = {
  flag: "paste-back",
  description: "Put the original pixels back outside the mask, and tell how far the model drifted there.",
};

/** `--model`, with the names that completion and help tell. */
export const modelOption: OptionSpec = {
  flag: "model",
  short: "m",
  value: "MODEL",
  description: "Model to edit with (RETOUCH_MODEL). Any name is sent; `retouch models` tells what we know.",
  suggestions: specModels.map(({ name }) => name),
};
