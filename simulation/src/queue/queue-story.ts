import { Random } from "../random.ts";
import type { Climate } from "../world/bank.ts";
import type { Fault, ProcessOptions } from "../world/sim-process.ts";
import type { TaskClimate } from "../world/task-desk.ts";
import type { QueueClimate } from "./sim-redis.ts";

/** What happens to Redis, or what a person does to the queue, at a time since the rows were queued. */
interface QueueEvent {
  readonly kind: "outage" | "loss" | "pause" | "produce" | "retry";
  readonly atMs: number;
  readonly forMs: number;
}

/** A worker that is started again and again until each row has ended. */
export interface WorkerPlan {
  readonly machine: number;
  readonly afterMs: number;
  /** Decides what happens to its processes, whatever else is in the story. */
  readonly seed: number;
  /** By start: the first process has the first ones. */
  readonly faults: readonly (readonly Fault[])[];
  readonly clockJumps: ProcessOptions["clockJumps"];
}

/** Everything that a seed decides before the first process starts. */
export interface QueueStory {
  readonly seed: number;
  readonly rows: number;
  readonly climate: Climate;
  readonly queue: QueueClimate;
  /** How the server's tasks go; undefined for one that responds with images. */
  readonly tasks: TaskClimate | undefined;
  /** The number of rows that the budget pays for. */
  readonly budgetRows: number | undefined;
  readonly workers: readonly WorkerPlan[];
  readonly events: readonly QueueEvent[];
  /** Lines of the rows that a person asks for once more, if they are failed, unknown or unwritten. */
  readonly retries: readonly number[];
}

/** Invents the story of a seed. */
export function inventQueueStory(seed: number): QueueStory {
  const random = new Random(seed);
  const rows = 1 + random.below(random.pick([2, 3, 3, 6]));
  const retryAfterS = random.pick([2, 2, 10, 40]);
  const climate = { trouble: random.pick([0.05, 1, 1, 3]), slow: random.pick([0.2, 1, 2]), retryAfterS };
  const queue = {
    lost: random.pick([0, 0, 0.02, 0.15]),
    duplicated: random.pick([0, 0.1, 0.5]),
    notUploaded: random.pick([0, 0, 0, 0.2, 0.6]),
  };
  const workers: WorkerPlan[] = [];
  for (let index = 0, count = random.pick([1, 2, 2, 3]); index < count; index++) {
    const starts = random.pick([0, 1, 1, 2, 4]);
    workers.push({
      machine: random.below(2),
      afterMs: random.between(0, 3_000),
      seed: random.below(2 ** 31),
      faults: Array.from({ length: starts }, () => inventFaults(random)),
      clockJumps: random.chance(0.1)
        ? [{ atMs: random.between(0, 20_000), byMs: random.between(-1, 1) * 10 ** random.between(3, 9) }]
        : [],
    });
  }
  const events: QueueEvent[] = [];
  const add = (kind: QueueEvent["kind"], forMs: number) =>
    void events.push({ kind, atMs: random.between(1_500, 40_000), forMs });
  if (random.chance(0.15)) add("outage", random.pick([500, 20_000, 200_000]) * random.between(0.5, 2));
  // Only with `--accept-redis-loss`: the last second is gone, as with `appendfsync everysec`.
  if (random.chance(0.08)) add("loss", random.between(200, 20_000));
  if (random.chance(0.08)) add("pause", random.between(1_000, 60_000));
  if (random.chance(0.15)) add("produce", 0);
  const lines = Array.from({ length: rows }, (_, index) => index + 1);
  const late = new Random(seed ^ lateSalt);
  const tasks = inventTasks(late);
  // While workers run: an attempt that may still end meets the next one.
  while (late.chance(tasks ? 0.4 : 0.15))
    events.push({ kind: "retry", atMs: late.between(5_000, 150_000), forMs: 0 });
  const story = {
    seed,
    rows,
    climate,
    queue,
    tasks,
    budgetRows: random.chance(0.3) ? random.between(0.5, rows) : undefined,
    workers,
    events,
    retries: random.chance(0.6) ? lines.filter(() => random.chance(0.5)) : [],
  };
  const woken = new Random(seed ^ wokenSalt);
  return woken.chance(0.1) ? { ...story, ...inventWoken(woken), retries: lines } : story;
}

const wokenSalt = 0x30c3;

/** A worker that is stopped with a row in flight, and wakes while another one of its machine sends that row once more. */
function inventWoken(
  random: Random,
): Pick<QueueStory, "climate" | "queue" | "workers" | "events" | "budgetRows"> {
  const durationMs = random.between(75_000, 200_000);
  // Most are stopped after 5.5 s. Both then have the row in flight for some seconds.
  const askedAtMs = 5_500 + durationMs + random.between(-4_000, 5_000);
  const afterMs = askedAtMs - random.between(500, 3_000);
  const steps = 1 + random.below(random.pick([4, 40]));
  const faults: Fault[] = [
    { kind: "freeze", from: "bill", steps, afterEffect: random.chance(0.5), durationMs },
  ];
  const machine = random.below(2);
  const plan = (given: Pick<WorkerPlan, "afterMs" | "faults">): WorkerPlan => ({
    ...{ machine, seed: random.below(2 ** 31), clockJumps: [] },
    ...given,
  });
  return {
    climate: { trouble: 0.05, slow: random.pick([0.2, 1, 2]) },
    queue: { lost: 0, duplicated: 0, notUploaded: random.pick([0.3, 0.6, 0.9]) },
    workers: [plan({ afterMs: 500, faults: [faults] }), plan({ afterMs, faults: [] })],
    events: [{ kind: "retry", atMs: askedAtMs, forMs: 0 }],
    budgetRows: undefined,
  };
}

/** Tasks, and retries while workers run, are decided apart, so that the rest of a story stays as it is. */
const lateSalt = 0x7a54;

function inventTasks(random: Random): TaskClimate | undefined {
  if (random.chance(0.6)) return undefined;
  return {
    failed: random.pick([0, 0.1, 0.3]),
    forgotten: random.pick([0, 0, 0.1, 0.5]),
    slowMs: random.pick([10_000, 60_000, 200_000]),
  };
}

function inventFaults(random: Random): Fault[] {
  if (random.chance(0.2)) return [];
  const kind = random.pick([
    "kill",
    "kill",
    "kill",
    "crash",
    "freeze",
    "freeze",
    "interrupt",
    "fill",
  ] as const);
  const from = random.chance(0.6) ? "bill" : "start";
  const steps = 1 + random.below(random.pick(from === "bill" ? [4, 40, 80] : [80, 250]));
  const durationMs =
    kind === "freeze"
      ? random.pick([20_000, 90_000, 300_000]) * random.between(0.5, 2)
      : random.between(500, 90_000);
  return [{ kind, from, steps, afterEffect: random.chance(0.5), durationMs }];
}

/** Returns stories in which less happens, those that leave out most first. */
export function* shorterQueueStories(story: QueueStory): Generator<QueueStory> {
  const { workers, events, retries, rows, climate, queue, tasks } = story;
  for (const index of workers.keys())
    if (workers.length > 1) yield { ...story, workers: workers.filter((_, other) => other !== index) };
  for (const index of events.keys()) yield { ...story, events: events.filter((_, other) => other !== index) };
  if (rows > 1) yield { ...story, rows: rows - 1, retries: retries.filter((line) => line < rows) };
  for (const line of retries) yield { ...story, retries: retries.filter((other) => other !== line) };
  for (const [index, plan] of workers.entries()) {
    const change = (changed: Partial<WorkerPlan>): QueueStory => {
      const own = workers.map((other, at) => (at === index ? { ...other, ...changed } : other));
      return { ...story, workers: own };
    };
    if (plan.clockJumps.length > 0) yield change({ clockJumps: [] });
    for (const [start, faults] of plan.faults.entries())
      if (faults.length > 0)
        yield change({ faults: plan.faults.map((given, at) => (at === start ? [] : given)) });
  }
  if (story.budgetRows !== undefined) yield { ...story, budgetRows: undefined };
  for (const name of ["lost", "duplicated", "notUploaded"] as const)
    if (queue[name] > 0) yield { ...story, queue: { ...queue, [name]: 0 } };
  if (tasks !== undefined) yield { ...story, tasks: undefined };
  for (const name of ["failed", "forgotten"] as const)
    if (tasks && tasks[name] > 0) yield { ...story, tasks: { ...tasks, [name]: 0 } };
  if (climate.trouble > 0.01) yield { ...story, climate: { ...climate, trouble: 0.01 } };
}
