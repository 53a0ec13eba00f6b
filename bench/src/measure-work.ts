import { median, spread } from "./statistics.ts";
import { type TakenSample, takeSample } from "./take-sample.ts";
import type { Work } from "./works.ts";
import { table } from "./write-report.ts";

/** The location and number of samples of a benchmark. */
export interface Setting {
  readonly rounds: number;
  readonly origin: string;
  readonly files: string;
  /** If set, only these contenders run. */
  readonly chosen: readonly string[] | undefined;
}

/** The samples of a benchmark by contender, and why others have none. */
export interface WorkSamples {
  readonly samples: ReadonlyMap<string, readonly TakenSample[]>;
  readonly failures: ReadonlyMap<string, string>;
}

/** Takes the samples of a benchmark, alternating contenders so that a slow minute affects all of them. */
export async function sampleWork(
  work: Work,
  { rounds, origin, files, chosen }: Setting,
): Promise<WorkSamples> {
  const contenders = work.contenders.filter((name) => chosen?.includes(name) ?? true);
  const samples = new Map<string, TakenSample[]>(contenders.map((name) => [name, []]));
  const failures = new Map<string, string>();
  // Discarded: it makes the server prepare its response, so that the first contender does not wait for it.
  if (!/^(preflight|batch)/.test(work.id)) await takeSample("node-http", work, origin, files);
  for (let round = 0; round < rounds; round++) {
    for (const name of contenders) {
      if (failures.has(name)) continue;
      process.stderr.write(`${work.id} ${name} round ${round + 1}/${rounds}   \r`);
      const sample = await takeSample(name, work, origin, files);
      if (typeof sample === "string") failures.set(name, sample);
      else samples.get(name)?.push(sample);
    }
  }
  return { samples, failures };
}

/** Measures a benchmark and writes its table. */
export async function measureWork(work: Work, setting: Setting): Promise<string> {
  const { samples, failures } = await sampleWork(work, setting);
  const columns = columnsOf(work, samples.get(work.contenders[0] ?? "") ?? []);
  const rows = [...samples.keys()].map((name) => {
    const taken = samples.get(name) ?? [];
    const failure = failures.get(name) ?? (taken.length === 0 ? "no sample" : undefined);
    return failure === undefined
      ? [name, ...Object.values(columns).map((cell) => cell(taken))]
      : [name, `fails: ${failure}`];
  });
  return `### ${work.title}\n\n${table(["contender", ...Object.keys(columns)], rows)}`;
}

type Cell = (samples: readonly TakenSample[]) => string;

function columnsOf(work: Work, base: readonly TakenSample[]): Record<string, Cell> {
  const baseMs = median(base.map(({ timeMs }) => timeMs));
  const ratio: Cell = (taken) =>
    base.length === 0 ? "-" : `x${(median(taken.map(({ timeMs }) => timeMs)) / baseMs).toFixed(2)}`;
  const spreadOf =
    (pick: (sample: TakenSample) => number | undefined, digits = 0): Cell =>
    (taken) => {
      const values = taken.map(pick).filter((value) => value !== undefined);
      return values.length === 0 ? "-" : spread(values, digits);
    };
  const cpu = { "CPU, ms": spreadOf(({ cpuMs }) => cpuMs) };
  const usage = {
    ...cpu,
    "peak RSS, MiB": spreadOf(({ peakMib }) => peakMib),
    "longest stall, ms": spreadOf(({ stallMs }) => stallMs),
  };
  const kind = work.id.split(":")[0];
  if (kind === "preflight") {
    return {
      "time, ms": spreadOf(({ timeMs }) => timeMs, 1),
      "read from disk, KiB": spreadOf(({ readKib }) => readKib),
      "peak RSS, MiB": usage["peak RSS, MiB"],
    };
  }
  const against = `against ${work.contenders[0]}`;
  if (kind !== "small") {
    const hasLength: Cell = (taken) => (taken.every((sample) => sample.hasLength) ? "yes" : "no");
    const time = { "time, ms": spreadOf(({ timeMs }) => timeMs), [against]: ratio, ...usage };
    return kind === "upload" ? { ...time, "Content-Length": hasLength } : time;
  }
  const perSecond = (taken: readonly TakenSample[]) => median(taken.map((sample) => sample.perSecond ?? 0));
  return {
    "p50, ms": spreadOf(({ timeMs }) => timeMs, 2),
    [against]: ratio,
    "calls/s, 64 in flight": spreadOf((sample) => sample.perSecond),
    [`calls/s ${against}`]: (taken) => `x${(perSecond(taken) / perSecond(base)).toFixed(2)}`,
    ...usage,
  };
}
