// Over 220 lines: one play, and the watches that compare its bank, ledger and holds share its state.
import { estimateCost } from "@retouch/client/node";
import type { QueueProduct } from "../product.ts";
import { Random } from "../random.ts";
import { fields, model } from "../story/story.ts";
import { syncAll } from "../world/crash.ts";
import { createFile } from "../world/disk.ts";
import { createImage } from "../world/image.ts";
import type { Machine } from "../world/machine.ts";
import type { Bill, SimProcess } from "../world/sim-process.ts";
import { TaskDesk } from "../world/task-desk.ts";
import { World } from "../world/world.ts";
import { checkEnd } from "./check-queue.ts";
import type { QueueStory, WorkerPlan } from "./queue-story.ts";
import { SimRedis } from "./sim-redis.ts";

/** How a story of a queue ended. */
export interface QueueEnding {
  readonly story: QueueStory;
  readonly world: World;
  readonly redis: SimRedis;
  readonly violations: readonly string[];
}

const maxSteps = 200_000;
const maxRuns = 5;
const intervalMs = 1_500;
const usdPerRow = estimateCost({ model, ...fields, prompt: "hat 0", image: ["in.png"] }) ?? Number.NaN;
/** Time in which a process reports a 429 to Redis, also on a slow disk. */
const toldMs = 1_500;

/** Plays a story: a producer, and workers on two machines until each row has ended. Checks what is left. */
export async function playQueue(story: QueueStory, product: QueueProduct): Promise<QueueEnding> {
  const world = new World(story.seed);
  world.bank.climate = story.climate;
  if (story.tasks) world.bank.tasks = new TaskDesk(world, story.tasks, new Random(~story.seed));
  const createLedger = () => Object.assign(product.createLedger(), { intervalMs });
  const redis = new SimRedis(
    world.timeline,
    [new Random(story.seed), new Random(~story.seed)],
    createLedger,
    story.queue,
  );
  world.queue = redis;
  const violations: string[] = [];
  const report = (what: string) => void violations.push(what);
  const play = { story, world, redis, product, machines: createMachines(world, story.rows), report };
  const asked = checkBills(play);
  const holds = watchHolds(play);
  const escaped = (error: unknown) => report(`An error escaped: ${String((error as Error).stack ?? error)}`);
  process.on("unhandledRejection", escaped);
  try {
    const producer = produce(play);
    if (!(await world.timeline.run(() => producer.isDead, maxSteps))) report("The producer waits forever");
    schedule(play, asked);
    if (!(await runWorkers(play, story.workers))) report("The rows do not end");
    const isRetried = retry(play, story.retries, asked);
    const isAgain = redis.queueTasks() > 0 || isRetried;
    if (isAgain && violations.length === 0 && !(await runWorkers(play, story.workers.map(laterPlan))))
      report("The rows do not end again");
    world.bank.climate = { trouble: 0, slow: 0.1 };
    redis.climate = { lost: 0, duplicated: 0, notUploaded: 0 };
    for (const { tree } of play.machines)
      for (const volume of tree.volumes.values())
        Object.assign(volume, { isFull: false, reportsFull: false });
    if (violations.length === 0) {
      await wait(world, 120_000);
      // One for each slot that a worker may have left open; one worker ends all of a machine's.
      const calm = play.machines.map((_, machine) => ({
        machine,
        afterMs: 0,
        seed: machine,
        faults: [],
        clockJumps: [],
      }));
      // A task may take longer than the time limit of an edit: its row is queued again by each run.
      for (let run = 0; run < maxRuns && (run === 0 || redis.queueTasks() > 0); run++)
        if (!(await runWorkers(play, calm))) report("A worker does not end what was left");
      checkEnd({ world, redis, intervalMs, usdPerRow, holds, report });
    }
  } catch (error) {
    report(`The simulation failed: ${(error as Error).stack ?? String(error)}`);
  } finally {
    process.off("unhandledRejection", escaped);
  }
  return { story, world, redis, violations };
}

/** What takes part in a story. */
interface Play {
  readonly story: QueueStory;
  readonly world: World;
  readonly redis: SimRedis;
  readonly product: QueueProduct;
  readonly machines: readonly Machine[];
  report(what: string): void;
}

/** Checks each bill before it counts. Returns how often a person has asked for each row once more. */
function checkBills({ story, world, redis, report }: Play): Map<string, number> {
  const { bank } = world;
  const asked = new Map<string, number>();
  const keyOf = (bill: Bill) => redis.jobs.find(({ line }) => `hat ${line - 1}` === bill.prompt)?.key ?? "";
  const budget = budgetOf(story);
  bank.onBill = (bill) => {
    const key = keyOf(bill);
    const before = bank.bills.filter(({ prompt }) => prompt === bill.prompt).length;
    // A fence that Redis has lost holds nothing: `--accept-redis-loss` says so.
    const allowed = (asked.get(key) ?? 0) + (redis.lostSends.get(key) ?? 0);
    if (before > allowed) report(`${bill.prompt} is billed ${before + 1} times, unasked`);
    const usd = (bank.bills.length + 1) * usdPerRow;
    if (budget !== undefined && redis.lostSends.size === 0 && usd > budget + 1e-6)
      report(`USD ${usd} of ${budget} are billed`);
  };
  redis.onForeignTask = (key) => report(`Row ${key} has the task of another attempt`);
  redis.onChange = () => {
    if (budget === undefined || redis.jobs.length === 0) return;
    const { reservedUsd, spentUsd } = redis.ledger.totals(redis.run);
    if (reservedUsd + spentUsd > budget + 1e-6)
      report(`USD ${reservedUsd + spentUsd} of ${budget} are spent`);
  };
  return asked;
}

function budgetOf({ budgetRows }: QueueStory): number | undefined {
  return budgetRows === undefined ? undefined : Math.round(budgetRows * usdPerRow * 1e6) / 1e6;
}

/** Collects the times in which nothing may be sent because of a 429 whose process had the time to report it. */
function watchHolds({ story: { queue, events, workers }, world }: Play): { fromMs: number; toMs: number }[] {
  const holds: { fromMs: number; toMs: number }[] = [];
  const isFull = workers.some(({ faults }) => faults.flat().some(({ kind }) => kind === "fill"));
  if (queue.lost > 0 || isFull || events.some(({ kind }) => kind === "outage" || kind === "loss"))
    return holds;
  world.bank.onLimit = (process, delayMs, retryAfterMs) => {
    world.timeline.schedule(delayMs + toldMs, undefined, () => {
      const { nowMs } = world.timeline;
      if (process.isDead || process.wasFrozen || process.wasInterrupted) return undefined;
      // The ledger has whole milliseconds: a hold begins with the one in which it is reported.
      holds.push({ fromMs: nowMs, toMs: Math.floor(nowMs - toldMs) + retryAfterMs });
      return undefined;
    });
  };
  return holds;
}

/** A person asks for rows once more, those that are not in flight. Returns whether one may be sent again. */
function retry({ world, redis }: Play, lines: readonly number[], asked: Map<string, number>): boolean {
  let isRetried = false;
  for (const { key, line } of redis.jobs) {
    if (!lines.includes(line) || !redis.retry(key)) continue;
    isRetried = true;
    asked.set(key, (asked.get(key) ?? 0) + 1);
    world.log(undefined, `a person asks for hat ${line - 1} once more`);
  }
  return isRetried;
}

/** What happens to Redis, and what other people do. */
function schedule(play: Play, asked: Map<string, number>): void {
  const { story, world, redis } = play;
  const stop = (forMs: number) => {
    world.log(undefined, `Redis is out of reach for ${Math.round(forMs / 1000)} s`);
    redis.stop(forMs);
  };
  for (const { kind, atMs, forMs } of story.events) {
    world.timeline.schedule(atMs, undefined, () => () => {
      if (kind === "outage") stop(forMs);
      else if (kind === "retry") retry(play, story.retries, asked);
      else if (kind === "loss") {
        stop(forMs);
        world.log(undefined, "Redis has lost its last second");
        redis.lose(world.timeline.nowMs - 1_000);
      } else if (kind === "produce") produce(play);
      else {
        world.log(undefined, `a person pauses the queue for ${Math.round(forMs / 1000)} s`);
        redis.pause(true);
      }
    });
    if (kind === "pause") world.timeline.schedule(atMs + forMs, undefined, () => () => redis.pause(false));
  }
}

/** Starts a worker for each plan, and again what has ended too early, until each row has ended. */
async function runWorkers(play: Play, plans: readonly WorkerPlan[]): Promise<boolean> {
  const { world, redis } = play;
  let running = 0;
  const run = (plan: WorkerPlan, starts: number): void => {
    running++;
    const random = new Random(plan.seed + starts);
    const afterMs = starts === 0 ? plan.afterMs : random.between(0, 90_000);
    world.timeline.schedule(afterMs, undefined, () => () => {
      const { clockJumps, faults } = plan;
      const worker = start(play, plan.machine, ["work"], random, {
        faults: faults[starts] ?? [],
        clockJumps,
      });
      worker.onEnd = () => {
        running--;
        if (!redis.isDone || worker.exitCode === undefined) run(plan, starts + 1);
      };
      play.product.start(worker);
    });
  };
  for (const plan of plans) run(plan, 0);
  return world.timeline.run(() => running === 0, maxSteps);
}

/** Returns a plan whose processes draw other numbers: a token that a process has drawn before would be that of its delivery. */
function laterPlan(plan: WorkerPlan): WorkerPlan {
  return { ...plan, seed: plan.seed + laterSeeds };
}

const laterSeeds = 1_000_003;

function produce(play: Play): SimProcess {
  const budget = budgetOf(play.story);
  const argv = ["produce", ...(budget === undefined ? [] : [String(budget)])];
  const producer = start(play, 0, argv, new Random(play.world.processes.length), {
    faults: [],
    clockJumps: [],
  });
  play.product.start(producer);
  return producer;
}

function start(
  { story, world, machines }: Play,
  machine: number,
  argv: readonly string[],
  random: Random,
  { faults, clockJumps }: Pick<Parameters<World["start"]>[0], "faults" | "clockJumps">,
): SimProcess {
  const env = {
    RETOUCH_API_KEY: "sk-simulation-0123456789",
    RETOUCH_BASE_URL: "https://bank.test",
    RETOUCH_STATE_DIR: "/state",
    ...(story.tasks && { RETOUCH_DIALECT: "pixapi" }),
  };
  const where = { machine: machines[machine] as Machine, namespace: "host", cwd: "/data" };
  return world.start({ ...where, argv, env, faults, clockJumps, random });
}

async function wait(world: World, delayMs: number): Promise<void> {
  let isLater = false;
  world.timeline.schedule(delayMs, undefined, () => () => {
    isLater = true;
  });
  await world.timeline.run(() => isLater, maxSteps);
}

function createMachines(world: World, rows: number): Machine[] {
  const data = world.createVolume(true);
  const machines = ["alpha", "beta"].map((name) => {
    const volumes = new Map([
      ["state", world.createVolume(false)],
      ["data", data],
    ]);
    return world.addMachine(name, volumes, ["state"]);
  });
  const lines = Array.from({ length: rows }, (_, at) =>
    JSON.stringify({
      id: `row-${at}`,
      image: "in.png",
      prompt: `hat ${at}`,
      output: `out/${at}.{ext}`,
      model,
      ...fields,
    }),
  );
  const [{ tree }] = machines as [Machine];
  for (const [file, bytes] of [
    ["/data/in.png", createImage("input")],
    ["/data/rows.jsonl", Buffer.from(`${lines.join("\n")}\n`)],
  ] as const) {
    const node = createFile(data, 0o644);
    node.data = bytes;
    tree.add(file, node, "open");
  }
  syncAll(data.root);
  return machines;
}
