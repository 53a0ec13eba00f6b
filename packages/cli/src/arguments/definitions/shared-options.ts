import { dialectNames } from "../../generated/dialect-names.gen.ts";
import { specModels } from "../../generated/fields.gen.ts";
import { exampleModels, keyVendors } from "../../generated/servers.gen.ts";
import type { OptionDefinition, OptionGroup } from "../command-definition.ts";

/** Model of examples: one that the default server serves. */
export const exampleModel = exampleModels.default;

/** Flags of examples at OpenAI. */
export const openaiExample = `-m ${exampleModels.OpenAI} --base-url ${keyVendors.OpenAI.baseUrl}`;

/** Flags of every command that connects to a server. */
export const connectionOptions: OptionGroup = {
  title: "Connection",
  options: [
    {
      flag: "base-url",
      value: "URL",
      description: "Server root, with or without /v1, or its endpoint (RETOUCH_BASE_URL).",
    },
    {
      flag: "settings",
      value: "FILE",
      kind: "path",
      description: "File of RETOUCH_ variables, one NAME=value per line.",
    },
    {
      flag: "timeout",
      value: "TIME",
      kind: "duration",
      description: "Timeout of one edit, in seconds or as 90s, 10m or 1h; 10m by default.",
    },
    {
      flag: "dialect",
      value: "NAME",
      choices: dialectNames,
      description: "Preset of the server, if it differs (RETOUCH_DIALECT): `retouch doctor` explains it.",
    },
    {
      flag: "path",
      value: "PATH",
      description: "Path after the base URL, instead of the usual one (RETOUCH_PATH).",
    },
    {
      flag: "query",
      value: "K=V",
      repeatable: true,
      description: "Query parameter, such as api-version=v1 (RETOUCH_QUERY). Repeatable.",
    },
    {
      flag: "header",
      value: "K:V",
      repeatable: true,
      description: "Header of every request, never a key (RETOUCH_HEADERS). Repeatable.",
    },
    {
      flag: "key-header",
      value: "NAME",
      description: "Header of the key, such as api-key, instead of Authorization (RETOUCH_KEY_HEADER).",
    },
    {
      flag: "limits-like",
      value: "MODEL",
      choices: specModels.map(({ name }) => name),
      description: "Model whose limits apply to a name such as a deployment's (RETOUCH_LIMITS_LIKE).",
    },
    { flag: "insecure-http", description: "Allow plain http to other machines." },
    { flag: "mock", description: "Edit against the built-in mock: free, no key, no network." },
  ],
};

/** Flags of every command. */
export const globalOptions: OptionGroup = {
  title: "Global options",
  options: [
    { flag: "json", description: "Print one JSON document on stdout, also on failure." },
    { flag: "quiet", short: "q", description: "Print no progress and no notes on stderr." },
    { flag: "no-input", description: "Never read from stdin." },
    { flag: "debug", description: "Log each request and response to stderr, secrets redacted." },
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
  { flag: "skip-existing", description: "Skip edits whose output exists; nothing is sent for them." },
  { flag: "dry-run", description: "Check everything, show what would be sent, send nothing." },
];

/** The `--paste-back` flag. */
export const pasteBackOption: OptionDefinition = {
  flag: "paste-back",
  description:
    "Put the result into the original, at its size: only pixels inside the mask change. Reports the drift outside. Lossless, unless a JPEG is asked for.",
};

/** The `--crop` flag. */
export const cropOption: OptionDefinition = {
  flag: "crop",
  description: "With --paste-back: send only the surroundings of the mask, in a size of the model.",
};

/** The `--model` flag, with the known names for completion and help. */
export const modelOption: OptionDefinition = {
  flag: "model",
  short: "m",
  value: "MODEL",
  description: "Model to edit with (RETOUCH_MODEL). Any name is sent; `retouch models` lists known ones.",
  suggestions: specModels.map(({ name }) => name),
};

/** The `--concurrency` flag. */
export const concurrencyOption: OptionDefinition = {
  flag: "concurrency",
  short: "c",
  value: "N",
  kind: "integer",
  range: [1, 1024],
  description: "With --each: edits in flight; 1 by default.",
};

/** The `--rate` flag. */
export const rateOption: OptionDefinition = {
  flag: "rate",
  value: "N/s|N/m",
  description: "Space sends evenly: 50/m is one every 1.2 s.",
};

/** The `--max-cost` flag. */
export const maxCostOption: OptionDefinition = {
  flag: "max-cost",
  value: "USD",
  kind: "number",
  description: "Reject edits that together may cost more.",
};
