import { readRowAt } from "@retouch/cli/journal";
import { readReasons } from "../jobs/put-back-reasons.ts";
import type { RowJob } from "../jobs/row-job.ts";
import { hasOpenTask } from "../ledger/open-task.ts";
import { createChange } from "./create-change.ts";
import { createLostRowFinder } from "./find-lost-rows.ts";
import { statusOfRow } from "./find-rows.ts";
import { followEvents } from "./follow-events.ts";
import type { PreparedRun } from "./prepare-run.ts";
import { addJobs, countJobs } from "./queue-jobs.ts";
import type { ProducerEnd, QueueProducer } from "./queue-producer.ts";
import { createBudgetWatch, type RunBudget } from "./run-budget.ts";
import { RunProgress } from "./run-progress.ts";
import { createInputUpload } from "./shared-inputs.ts";
import { storeRun } from "./store-run.ts";
import { createHoldWatch } from "./watch-holds.ts";

const defaultWindow = 1000;
const rowsAtOnce = 100;
/** Time between looks at the queue: for its length, and for rows whose events were lost. */
const lookMs = 1_000;
/** Time between looks at a queue that is full of rows of other producers. */
const fullMs = 100;
/** Time that workers get to connect again after Redis was away. */
const reconnectMs = 10_000;

/** Feeds a prepared run in a window of rows, and follows how they end. */
export async function feedRun(prepared: PreparedRun): Promise<QueueProducer> {
  const { options, system, checked, run, queue, found, only, lastEvent } = prepared;
  const { rows } = checked;
  const { ledger, redis, keys } = queue;
  const { window = defaultWindow, onEvent = () => undefined } = options;
  const isChosen = (index: number) => only === undefined || only.has(index);
  const change = createChange(system.runtime);
  const progress = new RunProgress(prepared, (event) => {
    change.notify();
    onEvent(event);
  });
  const { outstanding } = progress;
  const findLostRows = createLostRowFinder(prepared, progress);
  for (const index of found.inFlight) if (isChosen(index)) outstanding.set(index, 1);
  const toFeed = chain(found.tasks, found.selection.with("send"));
  /** Rows are added in chunks of this size, so that an event does not cost a round trip of its own. */
  const chunk = Math.min(rowsAtOnce, Math.ceil(window / 4));
  const { upload } = options;
  const uploadInputs = upload && createInputUpload(options.manifest, upload, system);
  let isExhausted = false;
  let isStopped = false;

  async function countSpending(): Promise<void> {
    const { spentUsd, reservedUsd } = await ledger.totals(run);
    progress.counts.spending.usd = spentUsd + reservedUsd;
  }

  /** Asks the ledger again, because another producer may have fed a row meanwhile. */
  async function isStillToSend(index: number): Promise<boolean> {
    const key = rows.keyOf(index);
    const row = await ledger.get(key);
    // It is polled, although it was to be sent again: its worker has learned of the task only now.
    if (hasOpenTask(row) && (found.tasks.has(index) || found.again.has(index))) return true;
    const allowAgain = () => ledger.allowAgain({ key, token: row?.token });
    const { status } = statusOfRow(row, false, () => false);
    if (status === "send") {
      // It failed before it was sent, and counts as failed until it is queued again.
      if (row?.end === "failed") await allowAgain();
      return true;
    }
    const mayBeAgain = status === "failed" || status === "unknown" || status === "finish";
    if (mayBeAgain && found.again.has(index) && row?.token === found.again.get(index)) {
      // Something else may have come between: what it is now decides.
      return (await allowAgain()) || isStillToSend(index);
    }
    if (row?.end === undefined) outstanding.set(index, 1);
    else progress.settle(index, { ...row, end: row.end }, false);
    return false;
  }

  async function toJob(index: number): Promise<RowJob> {
    const place = rows.placeOf(index);
    const { line, start, end } = place;
    await uploadInputs?.(place);
    const job = { run, key: rows.keyOf(index), line, start, end };
    if (options.storePrompts !== true) return job;
    const raw = await readRowAt(options.manifest, place, system.files);
    return "fields" in raw ? { ...job, fields: raw.fields } : job;
  }

  async function add(indexes: readonly number[]): Promise<void> {
    if (indexes.length === 0 || isStopped) return;
    for (const index of indexes) outstanding.set(index, (outstanding.get(index) ?? 0) + 1);
    await addJobs(queue, await Promise.all(indexes.map(toJob)));
    onEvent({ type: "queued", rows: indexes.length });
  }

  async function feed(count: number): Promise<void> {
    const next: number[] = [];
    while (next.length < count) {
      const { value, done } = toFeed.next();
      if (done === true) {
        isExhausted = true;
        break;
      }
      if (isChosen(value) && !outstanding.has(value)) next.push(value);
    }
    const isFresh = await Promise.all(next.map(isStillToSend));
    // Its event may have come while the ledger was asked.
    const isOpen = (index: number) =>
      progress.statusOf(index) === (found.tasks.has(index) ? "unknown" : "send");
    await add(next.filter((index, at) => isFresh[at] && isOpen(index)));
  }

  let isLost = false;
  let workersBackAt = 0;
  // A connection closes again at each attempt while Redis is away.
  const onLost = () => {
    if (isLost) return;
    isLost = true;
    onEvent({ type: "redis-lost" });
  };
  const onBack = () => {
    isLost = false;
    workersBackAt = system.runtime.performance.now() + reconnectMs;
    onEvent({ type: "redis-back" });
  };

  const saidReasons = new Set<string>();
  async function reportReasons(): Promise<void> {
    for (const reason of await readReasons(redis, keys.reasons(run))) {
      if (saidReasons.has(reason.code)) continue;
      saidReasons.add(reason.code);
      onEvent({ type: "put-back", ...reason });
    }
  }

  async function look(state: { noWorkers: boolean }): Promise<void> {
    progress.setRunning((await countJobs(queue)).running);
    await add(await findLostRows());
    await reportReasons();
    await watchBudget();
    if (outstanding.size > 0) await watchHolds();
    if (isLost || system.runtime.performance.now() < workersBackAt) return;
    // A managed Redis may refuse CLIENT LIST.
    const workers = await queue.jobs.getWorkersCount().catch(() => 1);
    if (workers === 0 && !state.noWorkers && outstanding.size > 0) onEvent({ type: "no-workers" });
    state.noWorkers = workers === 0;
  }

  async function work(): Promise<ProducerEnd> {
    const state = { noWorkers: false };
    let lookedAt = system.runtime.performance.now();
    while (!isStopped) {
      const mayFeed = !isExhausted && progress.halt === undefined;
      if (mayFeed && outstanding.size <= window - chunk) {
        // What workers have in hand is theirs; another producer may have filled what waits.
        const count = Math.min(chunk, window - (await countJobs(queue)).waiting);
        if (count > 0) {
          await feed(count);
          continue;
        }
      }
      if (outstanding.size === 0 && !mayFeed) break;
      await change.wait(mayFeed && outstanding.size === 0 ? fullMs : lookMs);
      if (system.runtime.performance.now() - lookedAt < lookMs) continue;
      await look(state);
      lookedAt = system.runtime.performance.now();
    }
    if (!isStopped) await countSpending();
    await progress.reported();
    return isStopped ? "stopped" : (progress.halt ?? "done");
  }

  const budget = await storeRun(prepared);
  const reportBudget = (given: RunBudget) => onEvent({ type: "budget", ...given });
  if (budget.maxUsd !== undefined || budget.before !== undefined) reportBudget(budget);
  const watchHolds = createHoldWatch(queue, (hold) => onEvent({ type: "held", hold }));
  const watchBudget = createBudgetWatch(queue, run, budget, reportBudget);
  await countSpending();
  redis.on("close", onLost).on("ready", onBack);
  const events = followEvents(redis, keys.events(run), lastEvent, (event) => progress.apply(event));
  const ended = Promise.race([work(), events.failed]);
  ended.catch(() => undefined);
  return {
    run,
    manifest: checked,
    counts: progress.counts,
    countOthers: (status) =>
      only === undefined ? 0 : count(found.selection.with(status), (index) => !only.has(index)),
    ended,
    stop() {
      isStopped = true;
      change.notify();
      return outstanding.size;
    },
    async close() {
      isStopped = true;
      change.notify();
      redis.off("close", onLost).off("ready", onBack);
      events.stop();
      await ended.catch(() => undefined);
      await queue.close();
    },
  };
}

function* chain(...parts: readonly Iterable<number>[]): Generator<number> {
  for (const part of parts) yield* part;
}

function count(indexes: Iterable<number>, isCounted: (index: number) => boolean): number {
  let counted = 0;
  for (const index of indexes) if (isCounted(index)) counted++;
  return counted;
}
