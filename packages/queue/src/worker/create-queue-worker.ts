import { setMaxListeners } from "node:events";
import { hostname } from "node:os";
import { CliError, exitCodes, nodeSystem } from "@retouch/cli/journal";
import { DelayedError, type Job, WaitingError, Worker } from "bullmq";
import { createReasonReport } from "../jobs/put-back-reasons.ts";
import type { RowJob } from "../jobs/row-job.ts";
import { createLedger } from "../ledger/create-ledger.ts";
import { checkDurability } from "../redis/check-durability.ts";
import { connectRedis } from "../redis/connect-redis.ts";
import { queueKeys } from "../redis/queue-keys.ts";
import { closeWhenIdle } from "./close-when-idle.ts";
import type { EndContext } from "./end-row.ts";
import { finishRows } from "./finish-row.ts";
import { createRowLoader } from "./load-row.ts";
import { openLeftSlots, openLocalState } from "./local-state.ts";
import { processRow } from "./process-row.ts";
import type { QueueWorker, QueueWorkerEvent, QueueWorkerOptions } from "./queue-worker.ts";
import { createSettingsReader, endWithoutRun } from "./read-settings.ts";
import type { RowContext, RowResult } from "./row-context.ts";
import { createStopRule } from "./stop-rule.ts";

/**
 * A worker that was frozen or lost its network for a minute gives its unsent rows to others. Renewed every half of it, the
 * lock survives a pause for garbage or an image that is decoded.
 */
const defaultLocks = { durationMs: 60_000, lookMs: 30_000 };
/** A delivery more costs nothing, because the fence is in the ledger; without a limit no row is dropped by BullMQ. */
const maxStalledCount = 1_000_000;
/** Time to report ends after `close` was aborted. */
const reportMs = 5_000;

/**
 * Starts a worker that sends the rows of a queue, each at most once over all workers.
 *
 * @throws CliError if Redis cannot be reached or may forget what was sent.
 *
 * @example
 * ```ts
 * import { connect, createTerminal, nodeSystem } from "@retouch/cli/journal";
 * import { createQueueWorker, folderStorage } from "@retouch/queue";
 *
 * const server = await connect({}, { env: process.env, terminal: createTerminal(), system: nodeSystem });
 * const worker = await createQueueWorker({
 *   redis: "redis://127.0.0.1:6379",
 *   storage: folderStorage("/mnt/photos"),
 *   server,
 *   intervalMs: 240,
 *   onEvent: (event) => console.log(JSON.stringify(event)),
 * });
 * process.once("SIGTERM", () => worker.close());
 * ```
 */
export async function createQueueWorker(options: QueueWorkerOptions): Promise<QueueWorker> {
  const { queue = "retouch", concurrency = 4, server, storage, system = nodeSystem } = options;
  const { locks = defaultLocks, intervalMs } = options;
  const emit = (event: QueueWorkerEvent) => options.onEvent?.(event);
  server.requireKey();
  const redis = await connectRedis(options.redis);
  const local = await prepare().catch((error: unknown) => {
    redis.disconnect();
    throw error;
  });
  async function prepare() {
    if (options.acceptRedisLoss !== true) await checkDurability(redis);
    // An image that cannot be stored is found before it is billed.
    await storage.check();
    return openLocalState(queue, server.isMock, system);
  }
  const keys = queueKeys(queue);
  const ledger = createLedger(redis, keys);
  const giveUp = new AbortController();
  const ending = new AbortController();
  const draining = new AbortController();
  for (const { signal } of [giveUp, ending, draining]) setMaxListeners(0, signal);
  const name = `${hostname()}:${process.pid}:${system.randomHex(4)}`;
  let running = 0;
  let ended = 0;
  const loader = createRowLoader(server, storage, local.files.inputs, system);
  const context: RowContext & EndContext = {
    ledger,
    storage,
    system,
    local,
    server,
    worker: name,
    loadRow: loader.load,
    signal: giveUp.signal,
    editSignal: ending.signal,
    drainSignal: draining.signal,
    running: () => running,
    onStarted: ({ key, line }) => emit({ type: "started", key, line }),
    onHeld(delayMs) {
      emit({ type: "held", delayMs });
      if (intervalMs !== undefined) bull.rateLimit(delayMs).catch(() => undefined);
    },
  };
  const stopRule = createStopRule();
  const reportReason = createReasonReport(redis, system.clock.now);
  const settingsOf = createSettingsReader((run) => redis.get(keys.run(run)));

  async function process_(job: Job<RowJob>, token = ""): Promise<void> {
    const { key, line, run } = job.data;
    running++;
    let result: RowResult;
    try {
      const settings = await settingsOf(run);
      result =
        settings === undefined
          ? await endWithoutRun(job.data, ledger)
          : await processRow(job.data, settings, context);
    } catch (error) {
      if (giveUp.signal.aborted) throw error;
      // A fault of this program: the row goes to another worker, and this one sends nothing more.
      stop("internal", `The worker failed: ${String(error)}`);
      result = { type: "put-back", delayMs: 0 };
    } finally {
      running--;
    }
    if (result.type === "put-back") {
      const { code, message } = result;
      emit({ type: "put-back", key, line, code, message });
      if (code !== undefined && message !== undefined)
        reportReason(keys.reasons(run), { code, message, worker: name });
      if (result.delayMs === 0) {
        await job.moveToWait(token);
        throw new WaitingError();
      }
      await job.moveToDelayed(Date.now() + result.delayMs, token);
      throw new DelayedError();
    }
    ended++;
    const { type: _, exitCode, ...rest } = result;
    emit({ type: "ended", key, line, ...rest });
    const reason = stopRule(result);
    if (reason !== undefined) stop(result.code ?? "internal", reason);
  }

  const bull = new Worker<RowJob, void>(`{${queue}}`, process_, {
    connection: redis,
    prefix: "retouch",
    autorun: false,
    concurrency,
    lockDuration: locks.durationMs,
    stalledInterval: locks.lookMs,
    maxStalledCount,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
    // It only paces how rows are taken; the ledger holds the rate.
    ...(intervalMs !== undefined &&
      intervalMs > 0 && { limiter: { max: 1, duration: Math.ceil(intervalMs) } }),
  });
  // A lost lock or connection: the ledger has what counts.
  bull.on("error", () => undefined);
  function stop(code: string, message: string): void {
    if (draining.signal.aborted) return;
    draining.abort();
    bull.pause(true).catch(() => undefined);
    emit({ type: "stopped", code, message });
  }

  let isLost = false;
  redis.on("close", () => {
    if (isLost || closing !== undefined) return;
    isLost = true;
    emit({ type: "redis-lost" });
  });
  redis.on("ready", () => {
    if (isLost) emit({ type: "redis-back" });
    isLost = false;
  });

  let closing: Promise<void> | undefined;
  async function shutDown(abort: AbortSignal | undefined): Promise<void> {
    draining.abort();
    const onAbort = () => {
      ending.abort(
        new CliError("The worker was stopped.", { exitCode: exitCodes.interrupted, code: "interrupted" }),
      );
      setTimeout(() => {
        giveUp.abort(new Error("The worker was stopped."));
        bull.close(true).catch(() => undefined);
        redis.disconnect();
      }, reportMs).unref();
    };
    if (abort?.aborted) onAbort();
    abort?.addEventListener("abort", onAbort, { once: true });
    const gaveUp = new Promise<void>((resolve) =>
      giveUp.signal.addEventListener("abort", () => resolve(), { once: true }),
    );
    await closeWhenIdle(bull, () => running, gaveUp, system.clock);
    await loader.close();
    abort?.removeEventListener("abort", onAbort);
    await local.close();
    redis.disconnect();
  }

  try {
    if (intervalMs !== undefined) await ledger.setInterval(intervalMs);
    let left = await finishRows(context);
    for await (const slot of openLeftSlots(queue, local.slot, server.isMock, system))
      left += await finishRows({ ...context, local: slot });
    if (left > 0) emit({ type: "finished-left", rows: left });
  } catch (error) {
    await bull.close(true).catch(() => undefined);
    await local.close();
    redis.disconnect();
    throw error;
  }
  bull.run().catch((error: unknown) => stop("internal", String(error)));

  return {
    name,
    health: () => ({ isReady: redis.status === "ready" && !draining.signal.aborted, running, ended }),
    close(closeOptions = {}) {
      closing ??= shutDown(closeOptions.abort);
      return closing;
    },
  };
}
