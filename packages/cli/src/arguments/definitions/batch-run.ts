import type { CommandDefinition, OptionDefinition } from "../command-definition.ts";
import {
  connectionOptions,
  globalOptions,
  modelOption,
  outputOptions,
  pasteBackOption,
} from "./shared-options.ts";

/** `--json` of a long-running command: it prints events, because one document at the end would come too late. */
const eventsOption: OptionDefinition = {
  flag: "json",
  description: "Print one JSON event a line on stdout as rows end, on failure too.",
};

/** `retouch batch run`, as help, the parser and completion see it. */
export const batchRunDefinition: CommandDefinition = {
  name: "batch run",
  summary: "Run a manifest of edits, resuming where it stopped",
  usage: ["retouch batch run MANIFEST.jsonl|.csv [options]"],
  operands: { min: 1, max: 1, noun: "one manifest" },
  groups: [
    {
      title: "The batch",
      options: [
        {
          flag: "concurrency",
          short: "c",
          value: "N",
          kind: "integer",
          description: "Edits in flight; 4 by default.",
        },
        { flag: "rate", value: "N/s|N/m", description: "Space sends evenly: 50/m is one every 1.2 s." },
        {
          flag: "max-cost",
          value: "USD",
          kind: "number",
          description: "Refuse a batch whose worst case costs more.",
        },
        { flag: "retry-failed", description: "Send rows again that failed without being billed." },
        { flag: "retry-unknown", description: "Send rows again that may have been billed already." },
        { flag: "skip-invalid", description: "Leave bad rows out instead of refusing the manifest." },
        { flag: "fail-fast", description: "Stop sending after the first failed row." },
        {
          flag: "out-dir",
          value: "DIR",
          kind: "path",
          description: "Write below DIR instead of the manifest's folder.",
        },
        modelOption,
        { flag: "prompt", short: "p", value: "TEXT", description: "Prompt of rows that have none." },
        {
          flag: "output",
          short: "o",
          value: "TEMPLATE",
          description: "Output of rows that have none; {name}.edited.{ext} by default.",
        },
        pasteBackOption,
      ],
    },
    { title: "Output", options: outputOptions },
    connectionOptions,
    {
      ...globalOptions,
      options: [eventsOption, ...globalOptions.options.filter(({ flag }) => flag !== "json")],
    },
  ],
  examples: [
    "retouch batch run shots.jsonl --dry-run",
    "retouch batch run shots.jsonl --concurrency 8 --rate 50/m --max-cost 20",
    "retouch batch run shots.jsonl --mock --out-dir edited",
  ],
  notes: [
    "A row has image (path or array), prompt, and optionally id, mask, model, output and any field of the spec.",
    "Run the same command again after a crash: saved rows are skipped, kept answers are written without sending.",
  ],
};
