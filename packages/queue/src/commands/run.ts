import path from "node:path";
import {
  type BatchCounts,
  type CommandContext,
  connect,
  createEvents,
  exitCodeOfRun,
  exitCodes,
  listenForSignals,
  type ParsedArguments,
  printPlan,
  readBatchRunFlags,
  readConnectionFlags,
  sanitizeText,
  showBatchProgress,
} from "@retouch/cli/journal";
import { feedRun } from "../producer/feed-run.ts";
import { type PreparedRun, prepareRun, rootOf } from "../producer/prepare-run.ts";
import type { ProducerEnd, QueueProducer, QueueProducerOptions } from "../producer/queue-producer.ts";
import { redactUrl } from "../redis/connect-redis.ts";
import { parseStorage } from "../storage/parse-storage.ts";
import { describeHold } from "./describe-hold.ts";
import { printBudget } from "./print-budget.ts";
import { printEnd } from "./print-end.ts";
import { commandOf, printSummary } from "./print-summary.ts";
import { readQueueFlags, readS3Flags } from "./queue-flags.ts";

/** Runs `retouch-queue run`. */
export async function runQueue(context: CommandContext): Promise<number> {
  const { retryFailed, retryUnknown } = readBatchRunFlags(context.parsed);
  return runManifest({ retryFailed, retryUnknown }, context);
}

/** Runs `retouch-queue retry`: the rows that are named, or those that failed and were not billed. */
export async function retryQueue(context: CommandContext): Promise<number> {
  const only = context.parsed.operands.slice(1);
  return runManifest({ ...(only.length > 0 ? { only } : { retryFailed: true }) }, context);
}

async function runManifest(
  choice: Pick<QueueProducerOptions, "retryFailed" | "retryUnknown" | "only">,
  context: CommandContext,
): Promise<number> {
  const { parsed, terminal, system, env } = context;
  // Flags before the environment: what is mistyped is named first.
  const { defaults, ...flags } = readBatchRunFlags(parsed);
  const storage = readStorage(parsed);
  const { redis, queue, acceptRedisLoss } = readQueueFlags(parsed);
  const server = await connect(readConnectionFlags(parsed), context);
  try {
    const prepared = await prepareRun(
      {
        ...choice,
        retryUnwritten: parsed.has("retry-unwritten"),
        ...{ redis, queue, acceptRedisLoss, server, system },
        manifest: flags.manifest,
        ...storage,
        defaults: { ...defaults, model: defaults.model ?? env["RETOUCH_MODEL"] },
        outDir: flags.outDir,
        pasteBack: flags.pasteBack,
        crop: flags.crop,
        force: flags.force,
        skipExisting: flags.skipExisting,
        skipInvalid: flags.skipInvalid,
        maxUsd: flags.maxCostUsd,
        liftBudget: parsed.has("lift-budget"),
        window: parsed.number("window"),
        storePrompts: parsed.has("store-prompts"),
      },
      terminal,
    );
    if (flags.dryRun) {
      await prepared.queue.close();
      const { maxUsd } = prepared.settings;
      if (maxUsd !== undefined) terminal.note(`Budget: USD ${maxUsd}.`);
      return printPlan(prepared.checked, prepared.found.selection, context);
    }
    printFound(prepared, context);
    return await followRun(prepared, context);
  } finally {
    await server.close();
  }
}

/** Reads `--storage`: a folder that all machines share, or a bucket, to which the files of this machine are copied. */
function readStorage(parsed: ParsedArguments): Pick<QueueProducerOptions, "root" | "upload"> {
  const text = parsed.text("storage");
  if (text === undefined || !text.includes("://")) return { root: text };
  return { upload: parseStorage(text, readS3Flags(parsed)) };
}

/** Prints what earlier runs left. */
function printFound(
  { found: { selection, inFlight, tasks } }: PreparedRun,
  { terminal }: CommandContext,
): void {
  const [saved, failed, unknown, unwritten] = (["saved", "failed", "unknown", "finish"] as const).map(
    (status) => selection.count(status),
  ) as [number, number, number, number];
  if (saved > 0) terminal.note(`${saved} row(s) are already saved.`);
  if (inFlight.size > 0) terminal.note(`${inFlight.size} row(s) are in flight on workers.`);
  if (tasks.size > 0)
    terminal.note(`${tasks.size} row(s) are tasks at the server. Workers poll them; nothing is sent again.`);
  if (failed > 0)
    terminal.note(
      `${failed} row(s) failed before. Resend them with \`--retry-failed\` of \`run\`, or name them to \`retry\`.`,
    );
  if (unknown > tasks.size)
    terminal.note(
      `${unknown - tasks.size} row(s) are unknown: sent before, maybe billed. Resend them with \`--retry-unknown\` of \`run\`, or name them to \`retry\`.`,
    );
  if (unwritten > 0)
    terminal.note(
      `${unwritten} row(s) are unwritten: billed, and their images are on machines that \`retouch-queue status\` names. ` +
        "If such a machine is gone, resend them with `--retry-unwritten`: they are billed again.",
    );
}

async function followRun(prepared: PreparedRun, context: CommandContext): Promise<number> {
  const { terminal, json, system } = context;
  const events = createEvents(terminal, json);
  const drain = new AbortController();
  let progress: ReturnType<typeof showBatchProgress> | undefined;
  const { upload } = prepared.options;
  const root = rootOf(prepared.options);
  const pathOf = (name: string) => (upload === undefined ? path.join(root, name) : `${upload.name}/${name}`);
  let maxUsd: number | undefined;
  const producer = await feedRun({
    ...prepared,
    options: {
      ...prepared.options,
      onEvent(event) {
        if (event.type === "ended") printEnd(event, pathOf, events);
        else if (event.type === "budget") {
          ({ maxUsd } = event);
          printBudget(event, terminal);
        } else if (event.type === "no-workers") terminal.warn(noWorkers(prepared));
        else if (event.type === "held") terminal.warn(describeHold(event.hold));
        else if (event.type === "put-back") terminal.warn(`Rows wait: ${sanitizeText(event.message)}`);
        else if (event.type === "redis-lost")
          terminal.warn(
            `Lost ${redactUrl(prepared.options.redis)}. Connecting again; nothing is sent meanwhile.`,
          );
        else if (event.type === "redis-back") terminal.note("Redis is back.");
        progress?.update();
      },
    },
  });
  let inQueue = 0;
  const interruption = listenForSignals(system.signals, () => {
    inQueue = producer.stop();
    drain.abort();
    terminal.warn(
      inQueue === 0
        ? "Stopped. No row of this run is on a worker."
        : `Stopped. ${inQueue} row(s) are queued or in flight, and go on: watch them with \`retouch-queue status\`, or hold them ` +
            "with `retouch-queue pause`.",
    );
  });
  progress = showBatchProgress(terminal, producer.counts, system.runtime, drain.signal);
  try {
    const end = await producer.ended;
    progress.stop();
    const exitCode = exitCodeOfEnd(end, producer, prepared, interruption.received());
    events.done(producer.counts, exitCode);
    // What workers go on with is not left.
    const { waiting, running } = producer.counts;
    await printSummary(producer, { end, unsent: waiting + running - inQueue, maxUsd }, prepared, context);
    return exitCode;
  } finally {
    progress.stop();
    interruption.dispose();
    await producer.close();
  }
}

/** Says how to start a worker on this machine. */
function noWorkers(prepared: PreparedRun): string {
  const { queue, settings } = prepared;
  return `No worker takes rows from queue ${queue.name}, so ${settings.manifest} waits. Start \`${commandOf(prepared)}\`.`;
}

function exitCodeOfEnd(
  end: ProducerEnd,
  { counts, countOthers }: QueueProducer,
  { only }: PreparedRun,
  signal: Parameters<typeof exitCodeOfRun>[1],
): number {
  const own: BatchCounts = {
    ...counts,
    // What is named is valid.
    invalid: only === undefined ? counts.invalid : 0,
    failed: counts.failed - countOthers("failed"),
    unknown: counts.unknown - countOthers("unknown"),
    unwritten: counts.unwritten - countOthers("finish"),
    waiting: counts.waiting - countOthers("send"),
  };
  const exitCode = exitCodeOfRun(own, signal);
  const isWorse = [exitCodes.ok, exitCodes.batchFailed].some((code) => code === exitCode);
  return end === "over-budget" && isWorse ? exitCodes.budget : exitCode;
}
