import {
  type CommandContext,
  connect,
  exitCodeOfSignal,
  exitCodes,
  listenForSignals,
  parseRate,
  readConnectionFlags,
  sanitizeText,
  toSafeJson,
} from "@retouch/cli/journal";
import { redisName } from "../redis/redis-url.ts";
import { parseStorage } from "../storage/parse-storage.ts";
import { createQueueWorker } from "../worker/create-queue-worker.ts";
import type { QueueWorkerEvent } from "../worker/queue-worker.ts";
import { parseHealth, serveHealth } from "./health.ts";
import { readQueueFlags } from "./queue-flags.ts";

/** Retries of a 429 per row; the ledger holds all workers meanwhile. */
const maxRetriesPerRow = 5;

/** Runs `retouch-queue worker` until a signal ends it: the first one drains, the second one aborts. */
export async function runWorker(context: CommandContext): Promise<number> {
  const { parsed, terminal, system } = context;
  const flags = readQueueFlags(parsed);
  const rate = parsed.text("rate");
  const healthAddress = parseHealth(parsed.text("health"));
  const storage = parseStorage(parsed.text("storage") ?? ".");
  const server = await connect(readConnectionFlags(parsed), context, { maxRetries: maxRetriesPerRow });
  try {
    server.requireKey();
    const log = createLog(context, flags.redis);
    const worker = await createQueueWorker({
      ...flags,
      ...{ storage, server, system },
      concurrency: parsed.number("concurrency"),
      intervalMs: rate === undefined ? undefined : parseRate(rate),
      onEvent: log.event,
    });
    let drain: (signal: string) => void = () => undefined;
    const signaled = new Promise<string>((resolve) => {
      drain = resolve;
    });
    const interruption = listenForSignals(system.signals, (signal) => drain(signal));
    try {
      const health = healthAddress && (await serveHealth(healthAddress, worker.health));
      const facts = { worker: worker.name, redis: redisName(flags.redis), storage: storage.name, health: health?.url };
      log.write("ready", facts, () => {
        terminal.note(`Worker ${worker.name} takes rows from ${facts.redis} and stores images in ${storage.name}.`);
        if (health !== undefined) terminal.note(`Health: ${health.url}`);
      });
      try {
        const signal = await signaled;
        const { running } = worker.health();
        log.write("draining", { signal, running }, () =>
          terminal.warn(
            `Stopping. ${running} edit(s) in flight finish first, because they are billed either way. A second signal aborts them.`,
          ),
        );
        await worker.close({ abort: interruption.signal });
      } finally {
        await health?.close();
      }
    } finally {
      interruption.dispose();
    }
    const signal = interruption.received();
    const isAborted = interruption.signal.aborted && signal !== undefined;
    log.write("stopped", { ended: worker.health().ended }, () => terminal.note("Stopped."));
    return isAborted ? exitCodeOfSignal(signal) : exitCodes.ok;
  } finally {
    await server.close();
  }
}

interface Log {
  readonly event: (event: QueueWorkerEvent) => void;
  /** Writes a JSON line with `--json`, else calls `print`. */
  write(event: string, facts: Readonly<Record<string, unknown>>, print: () => void): void;
}

/** Creates the log of a worker. It has no prompts and no keys; text of servers cannot move the cursor. */
function createLog({ terminal, json, system }: CommandContext, redis: string): Log {
  function write(event: string, facts: Readonly<Record<string, unknown>>, print: () => void): void {
    if (!json) return print();
    terminal.data(toSafeJson({ time: new Date(system.clock.now()).toISOString(), event, ...facts }));
  }
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
            terminal.note(`The server asked to wait ${Math.ceil(event.delayMs / 1000)} s. All workers wait.`),
          );
        case "redis-lost":
          return write("redis-lost", {}, () =>
            terminal.warn(`Lost ${redisName(redis)}. Connecting again; no new row is sent meanwhile.`),
          );
        case "redis-back":
          return write("redis-back", {}, () => terminal.note("Redis is back."));
      }
    },
  };
}
