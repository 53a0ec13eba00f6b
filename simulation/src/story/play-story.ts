import type { Product } from "../product.ts";
import { Random } from "../random.ts";
import { syncAll } from "../world/crash.ts";
import { createFile, type Volume } from "../world/disk.ts";
import { createImage } from "../world/image.ts";
import type { Machine } from "../world/machine.ts";
import type { SimProcess } from "../world/sim-process.ts";
import { World } from "../world/world.ts";
import { Checks, type Violation } from "./checks.ts";
import { rowsOf } from "./rows-of.ts";
import { type Act, anyId, places, type Story } from "./story.ts";

/** How a story ended. */
export interface Ending {
  readonly story: Story;
  readonly world: World;
  readonly violations: readonly Violation[];
}

const maxSteps = 60_000;

/** Where images go whose own folder was moved. */
const elsewhere = "/data/elsewhere";

/** The exit codes of `recover` for images that could not be written: all, or some of several. */
const exitCodesNotWritten = new Set([11, 3]);

/** Plays a story until nothing happens any more, then heals the world, recovers, and checks what is left. */
export async function playStory(story: Story, product: Product): Promise<Ending> {
  const world = new World(story.seed);
  world.bank.climate = story.climate;
  const machines = createMachines(story, world);
  const checks = new Checks(story, world, machines);
  const escaped = (error: unknown): void => checks.report(`An error escaped: ${String(error)}`);
  process.on("unhandledRejection", escaped);
  try {
    await actAll(story, world, machines, product, checks);
    world.bank.climate = { trouble: 0, slow: 0.1 };
    if (checks.violations.length === 0) await recoverAll(world, machines, product, checks);
  } catch (error) {
    checks.report(`The simulation failed: ${(error as Error).stack ?? String(error)}`);
  } finally {
    process.off("unhandledRejection", escaped);
  }
  checks.checkEnd();
  return { story, world, violations: checks.violations };
}

/** Runs the commands of every person one after the other, the people at the same time. */
async function actAll(
  { acts }: Story,
  world: World,
  machines: readonly Machine[],
  product: Product,
  checks: Checks,
): Promise<void> {
  let running = 0;
  const next = (own: readonly Act[]): void => {
    const [act, ...later] = own;
    if (act === undefined) return;
    running++;
    world.timeline.schedule(act.afterMs, undefined, () => () => {
      if (act.argv[0] === "mv") {
        move(act, world, machines);
        running--;
        next(later);
        return;
      }
      const started = start(withDirectory(withKnownId(act, world), machines), world, machines, product);
      started.onEnd = () => {
        running--;
        checks.checkExit(started);
        next(later);
      };
    });
  };
  for (const person of new Set(acts.map((act) => act.person)))
    next(acts.filter((act) => act.person === person));
  const isOver = await world.timeline.run(() => running === 0, maxSteps);
  if (!isOver) checks.reportWaiting();
}

/** Fills in an id that an earlier command of anybody has printed. */
function withKnownId(act: Act, { processes }: World): Act {
  if (!act.argv.includes(anyId)) return act;
  const printed = processes.map(({ stdout, stderr }) => stdout + stderr).join("");
  const ids = printed.match(/\b(?:\d{8}T\d{6}Z-[0-9a-f]{8}|[0-9a-f]{32})\b/g) ?? [];
  const id = ids[act.seed % Math.max(1, ids.length)];
  return {
    ...act,
    argv: id === undefined ? ["recover", "--list"] : act.argv.map((word) => (word === anyId ? id : word)),
  };
}

/** Moves the directory of a manifest, unless a process works with it. */
function move({ argv: [, from = "", to = ""] }: Act, world: World, machines: readonly Machine[]): void {
  const [{ tree }] = machines as [Machine];
  const isUsed = world.processes.some(
    ({ isDead, argv }) => !isDead && places.some((place) => argv[2]?.startsWith(place)),
  );
  if (isUsed || tree.find(from) === undefined || tree.find(to) !== undefined) return;
  tree.rename(from, to);
  world.log(undefined, `mv ${from} ${to}`);
}

/** Uses the directory of a manifest where it is now. */
function withDirectory(act: Act, machines: readonly Machine[]): Act {
  const [{ tree }] = machines as [Machine];
  const [first, second] = places;
  if (tree.find(first) !== undefined) return act;
  return { ...act, argv: act.argv.map((word) => word.replace(first, second)) };
}

function start(act: Act, world: World, machines: readonly Machine[], product: Product): SimProcess {
  const machine = machines[act.machine] ?? machines[0];
  const { argv, namespace, faults, clockJumps } = act;
  const env = {
    RETOUCH_API_KEY: "sk-simulation-0123456789",
    RETOUCH_BASE_URL: "https://bank.test",
    RETOUCH_STATE_DIR: "/state",
  };
  const random = new Random(act.seed);
  const options = {
    machine: machine as Machine,
    namespace,
    argv,
    env,
    cwd: "/data",
    random,
    faults,
    clockJumps,
  };
  const process = world.start(options);
  product(process);
  return process;
}

/** What a person does in the end: heals the disks, waits, and recovers in every place. */
async function recoverAll(
  world: World,
  machines: readonly Machine[],
  product: Product,
  checks: Checks,
): Promise<void> {
  for (const { volumes } of machines.map(({ tree }) => tree))
    for (const volume of volumes.values()) Object.assign(volume, { isFull: false, reportsFull: false });
  if (world.bank.bills.length === 0) return;
  let isLater = false;
  world.timeline.schedule(120_000, undefined, () => () => {
    isLater = true;
  });
  await world.timeline.run(() => isLater, maxSteps);
  const recover = async (machine: number, ...more: string[]): Promise<SimProcess> => {
    const argv = ["recover", "--json", ...more];
    const act = {
      person: -1,
      afterMs: 0,
      argv,
      machine,
      namespace: "later",
      seed: 1,
      faults: [],
      clockJumps: [],
    };
    const process = start(act, world, machines, product);
    const isOver = await world.timeline.run(() => process.isDead, maxSteps);
    if (!isOver) checks.reportWaiting();
    checks.checkRecover(process);
    return process;
  };
  const [{ tree }] = machines as [Machine];
  for (const machine of machines.keys()) {
    const { exitCode, stderr } = await recover(machine);
    // The folder of the images was moved: its person names another one, as the error says, also beside edits that are unknown.
    const isUnwritten = exitCodesNotWritten.has(exitCode ?? 0) || /could not be written/.test(stderr);
    if (!isUnwritten || !world.story.some(({ what }) => what.startsWith("mv "))) continue;
    if (tree.find(elsewhere) === undefined) tree.makeDirectory(elsewhere, 0o755);
    await recover(machine, "-o", elsewhere);
  }
}

function createMachines({ place, manifests }: Story, world: World): Machine[] {
  const isShared = place === "shared disks" || place === "shared folder";
  const data = world.createVolume(isShared);
  const state = world.createVolume(place === "shared disks");
  const own = isShared ? [] : ["state", "data"];
  const machines = [world.addMachine("alpha", volumesOf(state, data), own)];
  if (isShared) {
    const second = place === "shared disks" ? state : world.createVolume(false);
    const lost = place === "shared disks" ? [] : ["state"];
    machines[0] = world.addMachine("alpha", volumesOf(state, data), lost);
    machines.push(world.addMachine("beta", volumesOf(second, data), lost));
  }
  const { tree } = machines[0] as Machine; // created above
  tree.makeDirectory("/data/other", 0o755);
  put(tree, "/data/in.png", createImage("input"));
  put(tree, "/data/other/in.png", createImage("input"));
  for (const manifest of manifests) put(tree, manifest.file, Buffer.from(rowsOf(manifest)));
  syncAll(data.root);
  syncAll(state.root);
  return machines;
}

function volumesOf(state: Volume, data: Volume): ReadonlyMap<string, Volume> {
  return new Map([
    ["state", state],
    ["data", data],
  ]);
}

function put(tree: Machine["tree"], file: string, data: Buffer): void {
  const node = createFile(tree.parent(file, "open").volume, 0o644);
  node.data = data;
  tree.add(file, node, "open");
}
