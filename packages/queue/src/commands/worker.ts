import {
  type CommandContext,
  connect,
  type EndSignal,
  exitCodeOf,
  exitCodeOfSignal,
  exitCodes,
  listenForSignals,
  parseRate,
  readConnectionFlags,
  sanitizeText,
  toSafeJson,
} from "@retouch/cli/journal";
import { redactUrl } from "../redis/connect-redis.ts";
import { parseStorage } from "../storage/parse-storage.ts";
import { createQueueWorker } from "../worker/create-queue-worker.ts";
import type { QueueWorkerEvent } from "../worker/queue-worker.ts";
import { parseHealth, serveHealth } from "./health.ts";
import { readQueueFlags, readS3Flags } from "./queue-flags.ts";

/** Retries of a 429 per row; the ledger holds all workers meanwhile. */
const maxRetriesPerRow = 5;

/** A shorter wait is over before a person could do anything. */
const longMs = 30_000;

/** Runs `retouch-queue worker` until a signal ends it: the first one drains, the second one aborts. */
export async function runWorker(context: CommandContext): Promise<number> {
  const { parsed, terminal, system } = context;
  // Flags before the environment: what is mistyped is named first.
  const rate = parsed.text("rate");
  const intervalMs = rate === undefined ? undefined : parseRate(rate);
  const healthAddress = parseHealth(parsed.text("health"));
  const storage = parseStorage(parsed.text("storage") ?? ".", readS3Flags(parsed));
  const flags = readQueueFlags(parsed);
  const server = await connect(readConnectionFlags(parsed), context, { maxRetries: maxRetriesPerRow });
  try {
    server.requireKey();
    const log = createLog(context, flags.redis);
    let onEnd: (reason: EndReason) => void = () => undefined;
    const ending = new Promise<EndReason>((resolve) => {
      onEnd = resolve;
    });
    const worker = await createQueueWorker({
      ...flags,
      ...{ storage, server, system },
      concurrency: parsed.number("concurrency"),
      intervalMs,
      onEvent(event) {
        log.event(event);
        if (event.type === "stopped") onEnd(event);
      },
    });
    const interruption = listenForSignals(system.signals, (signal) => onEnd({ type: "signal", signal }));
    try {
      const health = healthAddress && (await serveHealth(healthAddress, worker.health));
      const facts = {
        worker: worker.name,
        redis: redactUrl(flags.redis),
        storage: storage.name,
        health: health?.url,
      };
      log.write("ready", facts, () => {
        terminal.note(
          `Worker ${worker.name} takes rows from ${facts.redis} and stores images in ${storage.name}.`,
        );
        if (health !== undefined) terminal.note(`Health: ${health.url}`);
      });
      const reason = await ending;
      const { running } = worker.health();
      log.write("draining", { running }, () =>
        terminal.warn(
          `Stopping. ${running} edit(s) in flight finish first, because they are billed either way. A second signal aborts them.`,
        ),
      );
      await worker.close({ abort: interruption.signal });
      await health?.close();
      const exitCode = exitCodeOfEnd(reason, interruption.signal.aborted);
      log.write("stopped", { ended: worker.health().ended, exitCode }, () => terminal.note("Stopped."));
      return exitCode;
    } finally {
      interruption.dispose();
      await worker.close({ abort: AbortSignal.abort() });
    }
  } finally {
    await server.close();
  }
}

/** Why a worker ends: a signal, or a failure that each further row would share. */
type EndReason =
  | { readonly type: "signal"; readonly signal: EndSignal }
  | { readonly type: "stopped"; readonly code: string; readonly message: string };

/** A worker that has drained did what it was asked to. */
function exitCodeOfEnd(reason: EndReason, isAborted: boolean): number {
  if (reason.type === "signal") return isAborted ? exitCodeOfSignal(reason.signal) : exitCodes.ok;
  return exitCodeOf(Object.assign(new Error(reason.message), { outcome: "rejected", code: reason.code }));
}

interface Log {
  readonly event: (event: QueueWorkerEvent) => void;
  /** Writes a JSON line with `--json`, else calls `print`. */
  write(event: string, facts: Readonly<Record<string, unknown>>, print: () => void): void;
}

/** Creates the log of a worker. It has no prompts and no keys; text of servers cannot move the cursor. */
function createLog({ terminal, json, system }: CommandContext, redis: string): Log {
  function write(event: string, facts: Readonly<Record<string, unknown>>, print: () => void): void {
    if (json)
      terminal.data(toSafeJson({ time: new Date(system.clock.now()).toISOString(), event, ...facts }));
    else print();
  }
  const saidReasons = new Set<string | undefined>();
  return {
    write,
    event(event) {
      switch (event.type) {
        case "started":
          return write("started", { key: event.key, line: event.line }, () => undefined);
        case "ended": {
          const { type: _, end, message, ...facts } = event;
          const text = message === undefined ? undefined : sanitizeText(message);
          return write(end, { ...facts, message: text }, () => {
            if (end === "saved") for (const file of event.files ?? []) terminal.data(sanitizeText(file));
            else terminal.warn(`line ${event.line}: ${text ?? end}`);
          });
        }
        case "held":
          return write("held", { delayMs: event.delayMs }, () =>
            terminal.note(
              `The server asked to wait ${Math.ceil(event.delayMs / 1000)} s. All workers wait${event.delayMs < longMs ? "" : ", unless you lift the hold with `retouch-queue resume --lift-hold`"}.`,
            ),
          );
        case "put-back":
          return write("put-back", { key: event.key, line: event.line, ...reasonOf(event) }, () => {
            // Its rows come round every few seconds.
            if (event.message === undefined || saidReasons.has(event.code)) return;
            saidReasons.add(event.code);
            terminal.warn(`line ${event.line} was put back: ${sanitizeText(event.message)}`);
          });
        case "finished-left":
          return write("finished-left", { rows: event.rows }, () =>
            terminal.note(
              `Ended ${event.rows} row(s) that an earlier worker of this machine left. Nothing was sent.`,
            ),
          );
        case "stopped":
          return write("failed-to-go-on", { code: event.code, message: sanitizeText(event.message) }, () =>
            terminal.error(event.message),
          );
        case "redis-lost":
          return write("redis-lost", {}, () =>
            terminal.warn(`Lost ${redactUrl(redis)}. Connecting again; no new row is sent meanwhile.`),
          );
        case "redis-back":
          return write("redis-back", {}, () => terminal.note("Redis is back."));
      }
    },
  };
}

function reasonOf({ code, message }: Extract<QueueWorkerEvent, { readonly type: "put-back" }>) {
  return { code, message: message === undefined ? undefined : sanitizeText(message) };
}
