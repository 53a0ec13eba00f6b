import type { CommandDefinition, OptionDefinition } from "../command-definition.ts";
import {
  concurrencyOption,
  connectionOptions,
  cropOption,
  globalOptions,
  maxCostOption,
  modelOption,
  outputOptions,
  pasteBackOption,
  rateOption,
} from "./shared-options.ts";

/** `--json` of a long-running command: it prints events, because one document at the end would come too late. */
const eventsOption: OptionDefinition = {
  flag: "json",
  description: "Print one JSON event per line on stdout as rows finish, also on failure.",
};

/** `retouch batch run`, as help, the parser and completion see it. */
export const batchRunDefinition: CommandDefinition = {
  name: "batch run",
  summary: "Run a manifest of edits, resuming where it stopped",
  usage: ["retouch batch run MANIFEST.jsonl|.csv [options]"],
  operands: { min: 1, max: 1, noun: "one manifest" },
  groups: [
    {
      title: "Batch",
      options: [
        { ...concurrencyOption, description: "Edits in flight; 4 by default." },
        rateOption,
        { ...maxCostOption, description: "Reject a batch that may cost more." },
        { flag: "retry-failed", description: "Resend rows that failed and were not billed." },
        { flag: "retry-unknown", description: "Resend rows that may already be billed." },
        { flag: "take-over", description: "Take the run over from a process that has ended elsewhere." },
        { flag: "skip-invalid", description: "Skip invalid rows instead of rejecting the manifest." },
        { flag: "fail-fast", description: "Stop sending after the first failed row." },
        {
          flag: "out-dir",
          value: "DIR",
          kind: "path",
          description: "Write below DIR instead of the manifest's folder.",
        },
        modelOption,
        { flag: "prompt", short: "p", value: "TEXT", description: "Default prompt of rows." },
        {
          flag: "output",
          short: "o",
          value: "TEMPLATE",
          description: "Default output of rows; {name}.edited.{ext} by default.",
        },
        pasteBackOption,
        cropOption,
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
    "Run the same command again after a crash: saved rows are skipped, kept responses are written without sending.",
  ],
};
