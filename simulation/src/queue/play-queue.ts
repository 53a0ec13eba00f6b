import type { Product } from "../product.ts";
import { Random } from "../random.ts";
import { syncAll } from "../world/crash.ts";
import { createFile } from "../world/disk.ts";
import { createImage } from "../world/image.ts";
import type { Machine } from "../world/machine.ts";
import type { Bill, Fault, SimProcess } from "../world/sim-process.ts";
import { World } from "../world/world.ts";
import { SimRedis } from "./sim-redis.ts";

/** How a story of a queue ended. */
export interface QueueEnding {
  readonly seed: number;
  readonly world: World;
  readonly redis: SimRedis;
  readonly violations: readonly string[];
}

const maxSteps = 400_000;
const intervalMs = 1_500;
const usdPerRow = 0.25;
/** Time in which a process stores a response, also on a slow disk. */
const graceMs = 2_000;

/** A machine, and the workers that a person starts there again and again. */
interface Place {
  readonly machine: Machine;
  starts: number;
}

/** Plays two machines with workers of one queue until each row has ended, and checks what is left. */
export async function playQueue(seed: number, product: Product): Promise<QueueEnding> {
  const random = new Random(seed);
  const world = new World(seed);
  const rows = 2 + random.below(6);
  world.bank.climate = { trouble: random.pick([0.05, 1, 1, 3]), slow: random.pick([0.2, 1, 2]) };
  const climate = { lost: random.pick([0, 0.02, 0.15]), duplicated: random.pick([0, 0.1, 0.5]) };
  const redis = new SimRedis(world.timeline, random.fork(), intervalMs, climate);
  world.queue = redis;
  const budget = random.chance(0.3) ? usdPerRow * random.between(1, rows) : undefined;
  const violations: string[] = [];
  const report = (what: string) => void violations.push(what);
  const machines = createMachines(world, rows);
  const asked = new Map<string, number>();
  const keyOf = (bill: Bill) => redis.jobs.find(({ line }) => `hat ${line - 1}` === bill.prompt)?.key ?? "";

  world.bank.onBill = (bill) => {
    const key = keyOf(bill);
    const before = world.bank.bills.filter(({ prompt }) => prompt === bill.prompt).length;
    if (before > (asked.get(key) ?? 0)) report(`${bill.prompt} is billed ${before + 1} times, unasked`);
  };
  redis.onChange = () => {
    if (budget === undefined || redis.jobs.length === 0) return;
    const { reservedUsd, spentUsd } = redis.ledger.totals(redis.run);
    if (reservedUsd + spentUsd > budget + 1e-6)
      report(`USD ${reservedUsd + spentUsd} of ${budget} are spent`);
  };
  const escaped = (error: unknown) => report(`An error escaped: ${String((error as Error).stack ?? error)}`);
  process.on("unhandledRejection", escaped);
  try {
    const [first] = machines as [Machine];
    const producer = start(
      world,
      first,
      ["produce", ...(budget === undefined ? [] : [String(budget)])],
      random,
      [],
    );
    product(producer);
    if (!(await world.timeline.run(() => producer.isDead, maxSteps))) report("The producer waits forever");
    for (let round = 0; round < 2 && violations.length === 0; round++) {
      if (!(await runWorkers(world, machines, redis, product, random, true))) report("The rows do not end");
      if (round === 1) break;
      for (const { key } of redis.jobs) {
        const end = redis.ledger.get(key)?.end;
        if ((end !== "unknown" && end !== "failed") || !random.chance(0.5) || !redis.retry(key)) continue;
        asked.set(key, (asked.get(key) ?? 0) + 1);
        world.log(undefined, `a person asks for ${key} once more: ${end}`);
      }
    }
    world.bank.climate = { trouble: 0, slow: 0.1 };
    redis.climate = { lost: 0, duplicated: 0 };
    for (const { tree } of machines)
      for (const volume of tree.volumes.values())
        Object.assign(volume, { isFull: false, reportsFull: false });
    if (violations.length === 0) {
      await wait(world, 120_000);
      if (!(await runWorkers(world, machines, redis, product, random, false)))
        report("A worker does not end what was left");
      checkEnd(world, redis, machines, report);
    }
  } catch (error) {
    report(`The simulation failed: ${(error as Error).stack ?? String(error)}`);
  } finally {
    process.off("unhandledRejection", escaped);
  }
  return { seed, world, redis, violations };
}

/** Starts one or two workers on each machine, and again what has ended too early, until each row has ended. */
async function runWorkers(
  world: World,
  machines: readonly Machine[],
  redis: SimRedis,
  product: Product,
  random: Random,
  hasFaults: boolean,
): Promise<boolean> {
  const places = machines.flatMap((machine) =>
    Array.from({ length: hasFaults ? 1 + random.below(2) : 2 }, (): Place => ({ machine, starts: 0 })),
  );
  let running = 0;
  const run = (place: Place): void => {
    running++;
    world.timeline.schedule(random.between(0, place.starts === 0 ? 3_000 : 90_000), undefined, () => () => {
      // What is unsent and has no job was lost with a reply of Redis; a producer queues it again.
      redis.queueLost();
      const faults = hasFaults && place.starts++ < 4 ? inventFaults(random) : [];
      const worker = start(world, place.machine, ["work"], random, faults);
      worker.onEnd = () => {
        running--;
        if (!redis.isDone || worker.exitCode === undefined) run(place);
      };
      product(worker);
    });
  };
  for (const place of places) run(place);
  return world.timeline.run(() => running === 0, maxSteps);
}

function start(
  world: World,
  machine: Machine,
  argv: readonly string[],
  random: Random,
  faults: readonly Fault[],
): SimProcess {
  const env = {
    RETOUCH_API_KEY: "sk-simulation-0123456789",
    RETOUCH_BASE_URL: "https://bank.test",
    RETOUCH_STATE_DIR: "/state",
  };
  const options = { machine, namespace: "host", argv, env, cwd: "/data", faults, clockJumps: [] };
  return world.start({ ...options, random: random.fork() });
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
  const steps = 1 + random.below(random.pick(from === "bill" ? [4, 40, 80] : [80, 400]));
  const durationMs =
    kind === "freeze"
      ? random.pick([20_000, 90_000, 300_000]) * random.between(0.5, 2)
      : random.between(500, 90_000);
  return [{ kind, from, steps, afterEffect: random.chance(0.5), durationMs }];
}

async function wait(world: World, delayMs: number): Promise<void> {
  let isLater = false;
  world.timeline.schedule(delayMs, undefined, () => () => {
    isLater = true;
  });
  await world.timeline.run(() => isLater, maxSteps);
}

/** Each row has an end, what arrived is a file, and the rate was held. */
function checkEnd(
  world: World,
  redis: SimRedis,
  [first]: readonly Machine[],
  report: (what: string) => void,
): void {
  const { bank } = world;
  // What a full disk cannot hold is unknown, and the ledger says why.
  const wasFull = world.story.some(({ what }) => what.startsWith("the disk of"));
  for (const { key, line } of redis.jobs) {
    const prompt = `hat ${line - 1}`;
    const bills = bank.bills.filter((bill) => bill.prompt === prompt);
    const end = redis.ledger.get(key)?.end;
    const file = first?.tree.find(`/data/out/${line - 1}.png`);
    const image = file !== undefined && "data" in file ? file.data : undefined;
    if (end === undefined) report(`${prompt} has no end`);
    if ((end === "saved") !== (image !== undefined))
      report(`${prompt} is ${end}, and its file ${image === undefined ? "is missing" : "exists"}`);
    if (image !== undefined && !bills.some((bill) => bill.images[0]?.equals(image)))
      report(`The file of ${prompt} is not an image of the bank`);
    if (bills.length > 0 && end === "failed") report(`${prompt} was billed, and is called failed`);
    if (!wasFull && bills.some(mustBeSaved) && end !== "saved")
      report(`A response of ${prompt} arrived, and it is ${end}`);
  }
  const gaps = redis.sentAt.slice(1).map((at, index) => at - (redis.sentAt[index] ?? 0));
  if (gaps.some((gap) => gap < intervalMs)) report(`Two rows were sent within ${Math.min(...gaps)} ms`);
}

/** Returns whether a process had the time to store what it received. */
function mustBeSaved({ arrivedAtMs, process: { death, wasFrozen, endedAtMs = 0 } }: Bill): boolean {
  if (arrivedAtMs === undefined) return false;
  return death === undefined || (!wasFrozen && endedAtMs > arrivedAtMs + graceMs);
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
      quality: "low",
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
