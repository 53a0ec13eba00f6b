// Over 220 lines: one table of all commands, as help, the parser and the site see them.
import {
  batchRunDefinition,
  type CommandDefinition,
  concurrencyOption,
  connectionOptions,
  globalOptions,
  maxCostOption,
  type OptionDefinition,
  type OptionGroup,
  pickOptions,
  rateOption,
} from "@retouch/cli/journal";

const program = "retouch-queue";

const queueOptions: OptionGroup = {
  title: "Queue",
  options: [
    { flag: "redis", value: "URL", description: "Redis, such as redis://10.0.0.5:6379 (REDIS_URL)." },
    {
      flag: "queue",
      value: "NAME",
      description: "Queue, whose workers share one rate; retouch by default.",
    },
    {
      flag: "accept-redis-loss",
      description: "Accept a Redis that can forget in a power cut what was sent: it may be billed twice.",
    },
  ],
};

const watchedQueue = pickOptions(queueOptions, "redis", "queue");

const storageOption: OptionDefinition = {
  flag: "storage",
  value: "DIR|s3://BUCKET/PREFIX",
  kind: "path",
  description: "Where manifest, images and results are; the same files for all workers.",
};

const checkFirstOption: OptionDefinition = {
  flag: "check-first",
  description:
    "For a bucket that ignores If-None-Match: ask before each write whether the name is free. Two workers that write it in the same moment overwrite each other.",
};

/** Flags of `retouch batch run` that mean the same here. */
const sharedFlags = [
  "retry-failed",
  "retry-unknown",
  "skip-invalid",
  "out-dir",
  "model",
  "prompt",
  "output",
  "paste-back",
  "crop",
];

function optionsOfBatch(title: string, flags?: readonly string[]): OptionDefinition[] {
  const group = batchRunDefinition.groups.find((found) => found.title === title);
  return (group?.options ?? []).filter(({ flag }) => flags === undefined || flags.includes(flag));
}

const eventsOption: OptionDefinition = {
  flag: "json",
  description: "Print one JSON line per event on stdout.",
};

const runGlobals: OptionGroup = {
  title: globalOptions.title,
  options: [eventsOption, ...pickOptions(globalOptions, "quiet", "debug", "help").options],
};

const producerOptions: readonly OptionDefinition[] = [
  {
    ...maxCostOption,
    description:
      "Budget of this manifest over all workers, for later runs too; sending stops when it is used up.",
  },
  {
    flag: "lift-budget",
    description: "Remove the budget that an earlier run of this manifest set.",
  },
  {
    flag: "retry-unwritten",
    description:
      "Resend billed rows whose image could not be stored, if its machine is gone: they are billed again.",
  },
  {
    flag: "window",
    value: "N",
    kind: "integer",
    range: [1, 100_000],
    description: "Rows that are in Redis at a time; 1000 by default.",
  },
  {
    flag: "store-prompts",
    description: "Put rows with their prompts into Redis. Without it, workers read the manifest.",
  },
];

/** `retouch-queue run`, as help and the parser see it. */
const runDefinition: CommandDefinition = {
  program,
  name: "run",
  summary: "Run a manifest of edits on the workers of a queue",
  usage: ["retouch-queue run MANIFEST.jsonl|.csv --redis URL [options]"],
  operands: { min: 1, max: 1, noun: "one manifest" },
  groups: [
    queueOptions,
    {
      title: "Batch",
      options: [
        ...producerOptions,
        { ...storageOption, description: "What the workers share; the manifest's folder by default." },
        checkFirstOption,
        ...optionsOfBatch("Batch", sharedFlags),
      ],
    },
    { title: "Output", options: optionsOfBatch("Output") },
    connectionOptions,
    runGlobals,
  ],
  examples: [
    "retouch-queue run shots.jsonl --redis redis://10.0.0.5:6379 --dry-run",
    "retouch-queue run shots.jsonl --redis redis://10.0.0.5:6379 --max-cost 200",
    "retouch-queue run shots.jsonl --redis redis://10.0.0.5:6379 --json >events.jsonl",
  ],
  notes: [
    "Checks the complete manifest first: with an invalid row, nothing is queued. Then it feeds the workers and follows them.",
    "Ctrl-C stops feeding; rows that are queued go on. Run the same command again to continue.",
  ],
};

/** `retouch-queue worker`, as help and the parser see it. */
const workerDefinition: CommandDefinition = {
  program,
  name: "worker",
  summary: "Send the rows of a queue from this machine",
  usage: ["retouch-queue worker --redis URL --storage DIR [options]"],
  operands: { min: 0, max: 0, noun: "no operands" },
  groups: [
    queueOptions,
    {
      title: "Worker",
      options: [
        { ...concurrencyOption, description: "Edits in flight on this machine; 4 by default." },
        {
          ...rateOption,
          description:
            "Space the sends of all workers evenly: 250/m is one every 240 ms, whichever sends it.",
        },
        { ...storageOption, description: "Where manifests, images and results are; this folder by default." },
        checkFirstOption,
        {
          flag: "health",
          value: "PORT|HOST:PORT",
          description:
            "Answer GET / with 200 while this worker takes rows. On 127.0.0.1; a container needs 0.0.0.0:PORT.",
        },
      ],
    },
    connectionOptions,
    {
      title: globalOptions.title,
      options: [
        { flag: "json", description: "Log JSON lines on stdout, without prompts and keys." },
        ...pickOptions(globalOptions, "quiet", "debug", "help").options,
      ],
    },
  ],
  examples: [
    "retouch-queue worker --redis redis://10.0.0.5:6379 --storage /mnt/photos --concurrency 8 --rate 250/m",
    "retouch-queue worker --storage s3://photos/2026 --health 0.0.0.0:8080 --json",
  ],
  notes: [
    "Start as many as you like, on any machine. All need the same --rate, and the server of the run.",
    "SIGTERM and Ctrl-C drain: no new row is taken, and edits in flight finish. A second signal aborts them.",
  ],
};

/** `retouch-queue status`, as help and the parser see it. */
const statusDefinition: CommandDefinition = {
  program,
  name: "status",
  summary: "Show the progress of a queue or of one manifest",
  usage: ["retouch-queue status [MANIFEST] --redis URL [options]"],
  operands: { min: 0, max: 1, noun: "one manifest" },
  groups: [watchedQueue, pickOptions(globalOptions, "json", "quiet", "help")],
  examples: [
    "retouch-queue status --redis redis://10.0.0.5:6379",
    "retouch-queue status shots.jsonl --redis redis://10.0.0.5:6379 --json",
  ],
};

const retryFlags = sharedFlags.filter((flag) => !flag.startsWith("retry-"));

/** `retouch-queue retry`, as help and the parser see it. */
const retryDefinition: CommandDefinition = {
  program,
  name: "retry",
  summary: "Send failed rows of a manifest again, or the rows that are named",
  usage: ["retouch-queue retry MANIFEST.jsonl|.csv [ID...] --redis URL [options]"],
  operands: { min: 1, max: Number.POSITIVE_INFINITY, noun: "a manifest" },
  groups: runDefinition.groups.map(({ title, options }) => ({
    title,
    options:
      title === "Batch"
        ? options.filter(({ flag }) => !sharedFlags.includes(flag) || retryFlags.includes(flag))
        : options,
  })),
  examples: [
    "retouch-queue retry shots.jsonl --redis redis://10.0.0.5:6379",
    "retouch-queue retry shots.jsonl r7 r12 --redis redis://10.0.0.5:6379",
  ],
  notes: [
    "Without an ID, the rows that failed and were not billed. An unknown row has to be named: it may be billed a second time. An unwritten row also needs --retry-unwritten. A saved row is not sent again.",
    "Give the same -m, -p, -o, --out-dir and --skip-invalid as for the run.",
  ],
};

const pauseGroups = [watchedQueue, pickOptions(globalOptions, "json", "quiet", "help")];

/** `retouch-queue pause`, as help and the parser see it. */
const pauseDefinition: CommandDefinition = {
  program,
  name: "pause",
  summary: "Send nothing more, on any worker, until `resume`",
  usage: ["retouch-queue pause --redis URL [options]"],
  operands: { min: 0, max: 0, noun: "no operands" },
  groups: pauseGroups,
  examples: ["retouch-queue pause --redis redis://10.0.0.5:6379"],
  notes: ["Edits in flight finish. Producers wait."],
};

/** `retouch-queue resume`, as help and the parser see it. */
const resumeDefinition: CommandDefinition = {
  program,
  name: "resume",
  summary: "Send again after `pause`, or before a server said so",
  usage: ["retouch-queue resume --redis URL [options]"],
  operands: { min: 0, max: 0, noun: "no operands" },
  groups: [
    watchedQueue,
    {
      title: "Hold",
      options: [
        {
          flag: "lift-hold",
          description: "Do not wait for as long as a server asked with a 429.",
        },
      ],
    },
    pickOptions(globalOptions, "json", "quiet", "help"),
  ],
  examples: [
    "retouch-queue resume --redis redis://10.0.0.5:6379",
    "retouch-queue resume --redis redis://10.0.0.5:6379 --lift-hold",
  ],
  notes: ["A 429 is not billed. A server that still refuses sets a hold again."],
};

/** `retouch-queue forget`, as help and the parser see it. */
const forgetDefinition: CommandDefinition = {
  program,
  name: "forget",
  summary: "Remove a run that is over from Redis",
  usage: ["retouch-queue forget MANIFEST --redis URL [options]"],
  operands: { min: 1, max: 1, noun: "one manifest" },
  groups: [watchedQueue, pickOptions(globalOptions, "json", "quiet", "help")],
  examples: ["retouch-queue forget shots.jsonl --redis redis://10.0.0.5:6379"],
  notes: [
    "Refused while rows are queued, in flight, unknown or unwritten.",
    "What is forgotten may be sent again: by a run of the same manifest, and by another one with the same rows. Images are not removed, and an output that exists stops a row before it is sent.",
  ],
};

/** All commands, in the order of help. */
export const commandTable: readonly CommandDefinition[] = [
  runDefinition,
  workerDefinition,
  statusDefinition,
  retryDefinition,
  pauseDefinition,
  resumeDefinition,
  forgetDefinition,
];
