import type { CommandDefinition } from "../command-definition.ts";
import { exampleModel, globalOptions, modelOption, pickOptions } from "./shared-options.ts";

/** `retouch batch init`, as help, the parser and completion see it. */
export const batchInitDefinition: CommandDefinition = {
  name: "batch init",
  summary: "Write a manifest from images",
  usage: ["retouch batch init IMG... -p PROMPT [-o MANIFEST] [options]"],
  operands: { min: 1, max: Number.POSITIVE_INFINITY, noun: "images, folders or globs" },
  groups: [
    {
      title: "Manifest",
      options: [
        {
          flag: "output",
          short: "o",
          value: "FILE",
          kind: "path",
          description: "Manifest to write; batch.jsonl by default, .csv works too, `-` for stdout.",
        },
        { flag: "prompt", short: "p", value: "TEXT", description: "Prompt of every row." },
        modelOption,
        {
          flag: "output-template",
          value: "TEMPLATE",
          description: "Output of every row; edited/{rel}/{name}.{ext} by default.",
        },
        { flag: "recursive", short: "r", description: "Include images in subfolders." },
        { flag: "force", short: "f", description: "Overwrite an existing manifest." },
      ],
    },
    pickOptions(globalOptions, "json", "quiet", "help"),
  ],
  examples: [
    `retouch batch init "photos/**/*.jpg" -m ${exampleModel} -p "remove dust" -o shots.jsonl`,
    'retouch batch init photos --recursive -p "remove dust" -o shots.csv',
  ],
};
