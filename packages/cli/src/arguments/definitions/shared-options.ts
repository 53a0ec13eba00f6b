import { specModels } from "../../generated/fields.gen.ts";
import type { OptionDefinition, OptionGroup } from "../command-definition.ts";

/** Model used in examples: the first one in the spec. */
export const exampleModel = specModels[0]?.name ?? "MODEL";

/** Flags of every command that connects to a server. */
export const connectionOptions: OptionGroup = {
  title: "Connection",
  options: [
    { flag: "base-url", value: "URL", description: "Server root, with or without /v1 (RETOUCH_BASE_URL)." },
    {
      flag: "env-file",
      value: "FILE",
      kind: "path",
      description: "File with RETOUCH_API_KEY and other settings.",
    },
    { flag: "timeout", value: "SECONDS", kind: "seconds", description: "Limit of one edit; 600 by default." },
    { flag: "insecure-http", description: "Allow plain http beyond this machine." },
    { flag: "mock", description: "Edit against the built-in mock: free, no key, no network." },
  ],
};

/** Flags of every command. */
export const globalOptions: OptionGroup = {
  title: "Manners",
  options: [
    { flag: "json", description: "Print one JSON document on stdout, on failure too." },
    { flag: "quiet", short: "q", description: "No progress and no notes on stderr." },
    { flag: "no-input", description: "Never read from the keyboard or from stdin." },
    { flag: "debug", description: "Tell each request and answer on stderr, without secrets." },
    { flag: "help", short: "h", description: "Show this help." },
  ],
};

/** Returns the group with only some of its flags. */
export function pickOptions(group: OptionGroup, ...flags: string[]): OptionGroup {
  return { title: group.title, options: group.options.filter(({ flag }) => flags.includes(flag)) };
}

/** Flags for output files that already exist, and for a dry run. */
export const outputOptions: readonly OptionDefinition[] = [
  { flag: "force", short: "f", description: "Overwrite existing outputs." },
  { flag: "skip-existing", description: "Leave existing outputs alone and send nothing for them." },
  { flag: "dry-run", description: "Check everything, show what would be sent, send nothing." },
];

/** The `--paste-back` flag. */
export const pasteBackOption: OptionDefinition = {
  flag: "paste-back",
  description: "Put the original pixels back outside the mask, and tell how far the model drifted there.",
};

/** The `--model` flag, with the known names for completion and help. */
export const modelOption: OptionDefinition = {
  flag: "model",
  short: "m",
  value: "MODEL",
  description: "Model to edit with (RETOUCH_MODEL). Any name is sent; `retouch models` tells what we know.",
  suggestions: specModels.map(({ name }) => name),
};
