import { Random } from "../random.ts";
import type { Climate } from "../world/bank.ts";
import type { Fault } from "../world/sim-process.ts";

/** Which machines there are, and what they share. */
export type Place = "one machine" | "containers" | "shared disks" | "shared folder";

/** One command that a person starts. */
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

export const model = "gpt-image-1-mini";

/** Invents the story of a seed. */
export function inventStory(seed: number): Story {
  const random = new Random(seed);
  const places: Place[] = ["one machine", "one machine", "containers", "shared disks", "shared folder"];
  const place = random.pick(places);
  const prompts = ["a hat", "a scarf", "a kite", "a boat"].slice(0, 1 + random.below(4));
  const manifests = [
    { file: "/work/m.jsonl", prompts },
    // A copy beside the original, or in a folder of its own.
    { file: random.chance(0.5) ? "/work/copy.jsonl" : "/work/other/m.jsonl", prompts },
  ];
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
  const climate = { trouble: random.pick([0.05, 1, 1, 2, 4]), slow: random.pick([0.2, 1, 1, 3]) };
  return { seed, place, climate, manifests, acts };
}

function inventCommand(random: Random, prompts: readonly string[], manifests: readonly Manifest[]): string[] {
  const dice = random.next();
  const json = random.chance(0.2) ? ["--json"] : [];
  const retry = random.chance(0.15) ? ["--retry-unknown"] : [];
  if (dice < 0.45) {
    const count = random.chance(0.15) ? ["-n", "2"] : [];
    const more = random.chance(0.1) ? ["-o", "/work/out/own.png"] : [];
    return ["edit", "/work/in.png", "-m", model, "-p", random.pick(prompts), ...count, ...more, ...retry, ...json, ...timeout];
  }
  if (dice < 0.88) {
    const { file } = random.chance(0.75) ? (manifests[0] as Manifest) : (manifests[1] as Manifest); // there are two
    const failed = random.chance(0.2) ? ["--retry-failed"] : [];
    const over = random.chance(0.1) ? ["--take-over"] : [];
    const budget = random.chance(0.15) ? ["--max-cost", "0.12"] : [];
    const concurrency = ["--concurrency", String(1 + random.below(3))];
    return ["batch", "run", file, "-m", model, ...concurrency, ...retry, ...failed, ...over, ...budget, ...json, ...timeout];
  }
  return ["recover", ...json];
}

const timeout = ["--timeout", "180"];

function inventFaults(random: Random): Fault[] {
  if (random.chance(0.4)) return [];
  const kind = random.pick(["kill", "kill", "kill", "crash", "crash", "freeze", "interrupt", "fill"] as const);
  const from = random.chance(0.5) ? "bill" : "start";
  const steps = from === "bill" ? 1 + random.below(random.pick([4, 40])) : 1 + random.below(300);
  const durationMs = kind === "freeze" ? random.pick([5_000, 70_000, 300_000]) * random.between(0.5, 2) : random.between(500, 120_000);
  const fault = { kind, from, steps, afterEffect: random.chance(0.5), durationMs } as const;
  return kind === "freeze" && random.chance(0.3) ? [fault, ...inventFaults(random)] : [fault];
}
