import { estimateCost, modelNames } from "@retouch/client/node";
import { Random } from "../random.ts";
import type { Climate } from "../world/bank.ts";
import type { Fault } from "../world/sim-process.ts";

/** Which machines there are, and what they share. */
type Place = "one machine" | "containers" | "shared disks" | "shared folder";

/** One command that a person starts: `mv`, or one of `retouch`. */
export interface Act {
  readonly person: number;
  /** Time since the previous act of the person ended. */
  readonly afterMs: number;
  readonly argv: readonly string[];
  readonly machine: number;
  readonly namespace: string;
  /** Decides what happens to this process, whatever else is in the story. */
  readonly seed: number;
  readonly faults: readonly Fault[];
  readonly clockJumps: readonly { readonly atMs: number; readonly byMs: number }[];
}

/** A manifest: a row for each prompt. */
export interface Manifest {
  readonly file: string;
  readonly prompts: readonly string[];
}

/** Everything that a seed decides before the first command starts. */
export interface Story {
  readonly seed: number;
  readonly place: Place;
  readonly climate: Climate;
  readonly manifests: readonly Manifest[];
  readonly acts: readonly Act[];
}

/** Fields of every edit: their price is known, so that budgets can be checked. */
export const [model = ""] = modelNames;
export const fields = { quality: "low", size: "1024x1024" };

/** What the product reckons with for one image of such an edit. */
export const usdPerImage =
  estimateCost({ model, ...fields, prompt: "a scarf", image: ["in.png"] }) ?? Number.NaN;

/** Invents the story of a seed. */
export function inventStory(seed: number): Story {
  const random = new Random(seed);
  const places: Place[] = ["one machine", "one machine", "containers", "shared disks", "shared folder"];
  const place = random.pick(places);
  const prompts = ["a hat", "a scarf", "a kite", "a boat"].slice(0, 1 + random.below(4));
  const manifests = [
    { file: "/data/m.jsonl", prompts },
    // A copy beside the original, or in a folder of its own.
    { file: random.chance(0.5) ? "/data/copy.jsonl" : "/data/other/m.jsonl", prompts },
  ] as const;
  const acts: Act[] = [];
  const people = random.pick([1, 1, 2, 2, 3]);
  for (let person = 0; person < people; person++) {
    const count = 1 + random.below(people === 1 ? 4 : 3);
    for (let index = 0; index < count; index++) {
      const argv = inventCommand(random, prompts, manifests);
      acts.push({
        person,
        afterMs: random.pick([0, 500, 5_000, 20_000, 90_000]) * random.next(),
        argv,
        machine: place.startsWith("shared") ? random.below(2) : 0,
        namespace: place === "containers" ? `pod${random.below(3)}` : "host",
        seed: random.below(2 ** 31),
        faults: inventFaults(random),
        clockJumps: random.chance(0.1)
          ? [{ atMs: random.between(0, 20_000), byMs: random.between(-1, 1) * 10 ** random.between(3, 9) }]
          : [],
      });
    }
  }
  const urls = random.chance(0.3) ? random.pick([0.5, 1]) : 0;
  const climate = { trouble: random.pick([0.05, 1, 1, 2, 4]), slow: random.pick([0.2, 1, 1, 3]), urls };
  const own = new Random(-seed);
  if (place === "shared folder" && own.chance(0.7))
    return { seed, place, climate, manifests, acts: acts.map((act) => meet(act, manifests)) };
  if (place === "containers" && people > 1 && own.chance(0.3)) {
    const [{ file }] = manifests;
    const firsts = acts.map((act, index) => acts.findIndex(({ person }) => person === act.person) === index);
    const met = acts.map((act, index) => (firsts[index] ? takeOver(act, file, own) : act));
    return { seed, place, climate, manifests, acts: met };
  }
  return { seed, place, climate, manifests, acts };
}

/** One run is stopped for longer than its claims live, and others send its rows again before it wakes. */
function takeOver(act: Act, file: string, random: Random): Act {
  const { person } = act;
  // One row at a time: another one could be stopped right before its POST, as the person accepts who sends it again.
  const run = ["batch", "run", file, "--concurrency", "1"];
  const [steps, durationMs] = [1 + random.below(8), random.between(100_000, 300_000)];
  const freeze = { kind: "freeze", from: "bill", steps, afterEffect: false, durationMs } as const;
  return person === 0
    ? { ...act, afterMs: 0, argv: [...run, ...common], namespace: "pod0", faults: [freeze] }
    : {
        ...act,
        afterMs: random.between(70_000, 90_000),
        argv: [...run, "--retry-unknown", ...common],
        namespace: `pod${person}`,
      };
}

/** Each person has a machine, and all run the same manifest: otherwise two rarely meet in a folder. */
function meet(act: Act, [{ file }, copy]: readonly [Manifest, Manifest]): Act {
  const { person, afterMs } = act;
  const argv = act.argv.map((word) => (word === copy.file ? file : word));
  return { ...act, argv, machine: person % 2, afterMs: Math.min(afterMs, 5_000) };
}

function inventCommand(random: Random, prompts: readonly string[], manifests: readonly Manifest[]): string[] {
  const dice = random.next();
  const json = random.chance(0.2) ? ["--json"] : [];
  const retry = random.chance(0.2) ? ["--retry-unknown"] : [];
  if (dice < 0.42) {
    const count = random.chance(0.15) ? ["-n", "2"] : [];
    const stream = random.chance(0.1) ? ["--stream"] : [];
    const output = random.chance(0.1) ? ["-o", "/data/out/own.png"] : [];
    const own = ["--quality", fields.quality, "--size", fields.size, "-p", random.pick(prompts)];
    return ["edit", "/data/in.png", ...own, ...count, ...stream, ...output, ...retry, ...json, ...common];
  }
  if (dice < 0.85) {
    const { file } = manifests[random.chance(0.75) ? 0 : 1] as Manifest; // there are two
    const failed = random.chance(0.2) ? ["--retry-failed"] : [];
    const over = random.chance(0.1) ? ["--take-over"] : [];
    const budget = random.chance(0.2) ? ["--max-cost", (usdPerImage * random.between(1, 5)).toFixed(3)] : [];
    const concurrency = ["--concurrency", String(1 + random.below(3))];
    if (random.chance(0.15)) {
      const ids = prompts.map((_, index) => rowId(index)).filter(() => random.chance(0.6));
      const own = ids.length > 0 ? ids : [rowId(0)];
      return ["batch", "retry", file, ...own, ...concurrency, ...over, ...budget, ...json, ...common];
    }
    return [
      "batch",
      "run",
      file,
      ...concurrency,
      ...retry,
      ...failed,
      ...over,
      ...budget,
      ...json,
      ...common,
    ];
  }
  if (dice < 0.88) return ["mv", ...(random.chance(0.7) ? places : places.toReversed())];
  return random.chance(0.3) ? ["recover", "--dismiss", anyId] : ["recover", ...json];
}

/** Returns the id of the row of a prompt, by its index. */
export function rowId(index: number): string {
  return `row-${index}`;
}

/** Where the folder of a manifest can be: `mv` moves it between runs. */
export const places = ["/data/other", "/data/moved"] as const;

/** Stands for the id of an edit that the person has read in the output of an earlier command. */
export const anyId = "ID";

const common = ["-m", model, "--timeout", "180"];

function inventFaults(random: Random): Fault[] {
  if (random.chance(0.35)) return [];
  const kind = random.pick([
    "kill",
    "kill",
    "kill",
    "crash",
    "crash",
    "freeze",
    "interrupt",
    "fill",
  ] as const);
  const from = random.chance(0.5) ? "bill" : "start";
  const steps = 1 + random.below(random.pick(from === "bill" ? [4, 40, 80] : [50, 300]));
  const durationMs =
    kind === "freeze"
      ? random.pick([5_000, 70_000, 300_000]) * random.between(0.5, 2)
      : random.between(500, 120_000);
  const fault = { kind, from, steps, afterEffect: random.chance(0.5), durationMs } as const;
  return kind === "freeze" && random.chance(0.3) ? [fault, ...inventFaults(random)] : [fault];
}
