import { connectionOptions, manners, pickOptions } from "./connection-options.ts";
import { fieldOptions } from "./field-options.ts";
import { specModels } from "./generated/fields.gen.ts";
import type { CommandSpec, OptionGroup, OptionSpec } from "./option-spec.ts";

const any = Number.POSITIVE_INFINITY;

const outputOptions: readonly OptionSpec[] = [
  { flag: "force", short: "f", description: "Overwrite existing outputs." },
  { flag: "skip-existing", description: "Leave existing outputs alone and send nothing for them." },
  { flag: "dry-run", description: "Check everything, show what would be sent, send nothing." },
];

const pasteBack: OptionSpec = {
  flag: "paste-back",
  description: "Put the original pixels back outside the mask, and tell how far the model drifted there.",
};

const modelOption: OptionSpec = {
  flag: "model",
  short: "m",
  value: "MODEL",
  description: "Model to edit with (RETOUCH_MODEL). Any name is sent; `retouch models` tells what we know.",
  suggestions: specModels.map(({ name }) => name),
};

const fields: OptionGroup = { title: "What the model is asked for", options: fieldOptions };

const paramOption: OptionSpec = {
  flag: "param",
  value: "K=V",
  repeatable: true,
  description: "A field that the spec does not know. May come often.",
};

const edit: CommandSpec = {
  name: "edit",
  summary: "Edit pictures with a prompt",
  usage: ["retouch edit IMG... -m MODEL -p PROMPT [-o TEMPLATE|-] [options]"],
  operands: {
    min: 1,
    max: any,
    noun: "at least one picture: a file, a folder, a glob, a URL, or `-` for stdin",
  },
  groups: [
    {
      title: "The edit",
      options: [
        modelOption,
        { flag: "prompt", short: "p", value: "TEXT", description: "What to change." },
        {
          flag: "prompt-file",
          value: "FILE",
          kind: "path",
          description: "Read the prompt from a file, or `-`.",
        },
        {
          flag: "mask",
          value: "FILE",
          kind: "path",
          description: "PNG that is fully transparent where to edit.",
        },
        { flag: "mask-alpha", description: "Edit where the first picture is transparent." },
        { flag: "mask-rect", value: "X,Y,W,H", description: "Edit inside a rectangle of the first picture." },
        pasteBack,
        { flag: "each", description: "One edit for each picture; without it all pictures go into one edit." },
        { flag: "recursive", short: "r", description: "Look for pictures in folders below the given ones." },
      ],
    },
    fields,
    {
      title: "Output",
      options: [
        {
          flag: "output",
          short: "o",
          value: "TEMPLATE",
          description:
            "Path, folder, or template of {dir} {rel} {name} {ext} {n} {model} {hash}; `-` for stdout. " +
            "By default {dir}/{name}.edited.{ext}. The extension follows the picture.",
        },
        ...outputOptions,
        paramOption,
      ],
    },
    connectionOptions,
    manners,
  ],
  examples: [
    'retouch edit photo.jpg -m gpt-image-1 -p "make it dusk" --mock',
    'retouch edit room.png -m gpt-image-1 -p "a red sofa" --mask-rect 200,300,640,320 --paste-back',
    'retouch edit photo.jpg logo.png -m gpt-image-1 -p "print the logo on the shirt" -o shirt.png',
    'retouch edit "raw/**/*.jpg" --each -m gpt-image-1 -p "remove dust" -o "clean/{rel}/{name}.{ext}"',
    'cat photo.png | retouch edit - -m gpt-image-1 -p "sharper" -o - > sharper.png',
  ],
};

const mask: CommandSpec = {
  name: "mask",
  summary: "Make a mask for a picture",
  usage: [
    "retouch mask IMG --rect X,Y,W,H [--ellipse X,Y,W,H ...] [-o FILE] [options]",
    "retouch mask IMG --from-alpha|--from-bw [-o FILE] [options]",
  ],
  operands: { min: 1, max: 1, noun: "one picture" },
  groups: [
    {
      title: "Where to edit",
      options: [
        {
          flag: "rect",
          value: "X,Y,W,H",
          repeatable: true,
          description: "Edit inside a rectangle, in pixels.",
        },
        { flag: "ellipse", value: "X,Y,W,H", repeatable: true, description: "Edit inside an ellipse's box." },
        { flag: "from-alpha", description: "Edit where IMG is transparent." },
        { flag: "from-bw", description: "IMG is black and white: edit where it is white." },
        { flag: "invert", description: "Swap what is edited and what is kept." },
        { flag: "for", value: "FILE", kind: "path", description: "Give the mask the size of this picture." },
      ],
    },
    {
      title: "Output",
      options: [
        {
          flag: "output",
          short: "o",
          value: "FILE",
          kind: "path",
          description: "PNG to write, or `-`; by default {name}.mask.png beside IMG.",
        },
        { flag: "force", short: "f", description: "Overwrite an existing file." },
      ],
    },
    pickOptions(manners, "json", "quiet", "help"),
  ],
  examples: [
    "retouch mask photo.jpg --rect 100,80,400,300",
    "retouch mask photo.jpg --ellipse 100,80,400,300 --invert -o face.mask.png",
    "retouch mask drawn.png --from-bw --for photo.jpg -o photo.mask.png",
  ],
};

const models: CommandSpec = {
  name: "models",
  summary: "List the models we know, with their limits",
  usage: ["retouch models [MODEL]"],
  operands: { min: 0, max: 1, noun: "one model" },
  groups: [pickOptions(manners, "json", "quiet", "help")],
  examples: ["retouch models", "retouch models gpt-image-1", "retouch models --json"],
};

const mock: CommandSpec = {
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
    pickOptions(manners, "quiet", "debug", "help"),
  ],
  examples: [
    "retouch mock --port 4010 --log",
    'retouch mock --port 0 --scenario "rate-limited x2, then ok" --latency 500',
  ],
};

const recover: CommandSpec = {
  name: "recover",
  summary: "Write pictures that were paid for but never saved",
  usage: ["retouch recover [--list | --dismiss ID]"],
  operands: { min: 0, max: 0, noun: "no operands" },
  groups: [
    {
      title: "What to do",
      options: [
        { flag: "list", description: "Only list; write nothing." },
        {
          flag: "dismiss",
          value: "ID",
          repeatable: true,
          description: "Forget an edit and its kept answer.",
        },
      ],
    },
    pickOptions(manners, "json", "quiet", "help"),
  ],
  examples: ["retouch recover --list", "retouch recover"],
};

const doctor: CommandSpec = {
  name: "doctor",
  summary: "Check this machine, the key and the way to the server",
  usage: ["retouch doctor [options]"],
  operands: { min: 0, max: 0, noun: "no operands" },
  groups: [
    pickOptions(connectionOptions, "base-url", "env-file", "insecure-http"),
    pickOptions(manners, "json", "quiet", "help"),
  ],
  examples: ["retouch doctor", "retouch doctor --base-url https://api.openai.com --json"],
  notes: ["Nothing that costs is sent."],
};

const completion: CommandSpec = {
  name: "completion",
  summary: "Print a completion script",
  usage: ["retouch completion bash|zsh|fish"],
  operands: { min: 1, max: 1, noun: "a shell: bash, zsh or fish" },
  operandChoices: ["bash", "zsh", "fish"],
  groups: [pickOptions(manners, "help")],
  examples: [
    "retouch completion bash >> ~/.bashrc",
    "retouch completion zsh > ~/.zfunc/_retouch",
    "retouch completion fish > ~/.config/fish/completions/retouch.fish",
  ],
};

const batchRun: CommandSpec = {
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
        pasteBack,
      ],
    },
    { title: "Output", options: outputOptions },
    connectionOptions,
    manners,
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

const batchInit: CommandSpec = {
  name: "batch init",
  summary: "Write a manifest from pictures",
  usage: ["retouch batch init IMG... -p PROMPT [-o MANIFEST] [options]"],
  operands: { min: 1, max: any, noun: "pictures, folders or globs" },
  groups: [
    {
      title: "The manifest",
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
        { flag: "recursive", short: "r", description: "Look for pictures in folders below the given ones." },
        { flag: "force", short: "f", description: "Overwrite an existing manifest." },
      ],
    },
    pickOptions(manners, "json", "quiet", "help"),
  ],
  examples: [
    'retouch batch init "photos/**/*.jpg" -m gpt-image-1 -p "remove dust" -o shots.jsonl',
    'retouch batch init photos --recursive -p "remove dust" -o shots.csv',
  ],
};

const batchStatus: CommandSpec = {
  name: "batch status",
  summary: "Tell how far a manifest has come",
  usage: ["retouch batch status MANIFEST"],
  operands: { min: 1, max: 1, noun: "one manifest" },
  groups: [pickOptions(manners, "json", "quiet", "help")],
  examples: ["retouch batch status shots.jsonl", "retouch batch status shots.jsonl --json"],
};

/** Every command, in the order of help. */
export const commandTable: readonly CommandSpec[] = [
  edit,
  batchRun,
  batchInit,
  batchStatus,
  mask,
  models,
  recover,
  mock,
  doctor,
  completion,
];

/** Finds a command by its words. */
export function findCommand(name: string): CommandSpec | undefined {
  return commandTable.find((command) => command.name === name);
}
