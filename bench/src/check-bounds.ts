import { type Setting, sampleWork, type WorkSamples } from "./measure-work.ts";
import { sampleProxies } from "./proxy-times.ts";
import { median } from "./statistics.ts";
import { works } from "./works.ts";

type Measure = "cpuMs" | "peakMib";

/** The largest ratio of a contender's median to that of another in the same run. */
interface Bound {
  readonly work: string;
  readonly contender: string;
  readonly against: string;
  readonly measure: Measure;
  readonly max: number;
}

/**
 * About twice what `docs/performance.md` has: wide enough for a busy machine, and narrow enough for a lost stream or a
 * quadratic loop. CPU and memory only: times of one run differ by a factor of two beside other work.
 */
const bounds: readonly Bound[] = [
  { work: "small", contender: "retouch-node", against: "floor", measure: "cpuMs", max: 1.6 },
  { work: "small", contender: "retouch", against: "floor", measure: "cpuMs", max: 2 },
  { work: "upload:paths:16:24", contender: "retouch-node", against: "floor", measure: "cpuMs", max: 0.4 },
  { work: "upload:paths:16:24", contender: "retouch-node", against: "floor", measure: "peakMib", max: 0.3 },
  { work: "upload:paths:16:24", contender: "retouch", against: "floor", measure: "cpuMs", max: 1.3 },
  { work: "upload:paths:16:24", contender: "retouch", against: "floor", measure: "peakMib", max: 0.6 },
  { work: "receive:json:memory:10:8", contender: "retouch", against: "floor", measure: "cpuMs", max: 1.5 },
  { work: "receive:json:memory:10:8", contender: "retouch", against: "floor", measure: "peakMib", max: 0.9 },
  {
    work: "receive:json:files:10:8",
    contender: "retouch-node",
    against: "floor",
    measure: "cpuMs",
    max: 0.9,
  },
  {
    work: "receive:json:files:10:8",
    contender: "retouch-node",
    against: "floor",
    measure: "peakMib",
    max: 0.3,
  },
  {
    work: "receive:sse:files:10:8",
    contender: "retouch-node",
    against: "openai",
    measure: "cpuMs",
    max: 0.5,
  },
  {
    work: "receive:sse:files:10:8",
    contender: "retouch-node",
    against: "openai",
    measure: "peakMib",
    max: 0.6,
  },
];

/** Compares ratios with their bounds. Returns a line for each bound, and one more for each that is exceeded. */
export async function checkBounds(
  setting: Omit<Setting, "chosen">,
  only: string,
): Promise<{ readonly lines: readonly string[]; readonly failures: readonly string[] }> {
  const lines: string[] = [];
  const failures: string[] = [];
  for (const work of works.filter(({ id }) => id.includes(only))) {
    const own = bounds.filter((bound) => bound.work === work.id);
    if (own.length === 0) continue;
    const chosen = own.flatMap(({ contender, against }) => [contender, against]);
    const taken = await sampleWork(work, { ...setting, chosen });
    for (const bound of own) {
      const { contender, against, measure, max } = bound;
      const ratio = medianOf(taken, contender, measure) / medianOf(taken, against, measure);
      const what = `${work.id}: ${measure} of ${contender} is x${ratio.toFixed(2)} of ${against}'s`;
      lines.push(`${what}, bound x${max}`);
      const why = taken.failures.get(contender) ?? taken.failures.get(against);
      // Not `ratio > max`: without samples it is not a number.
      if (!(ratio <= max))
        failures.push(
          why === undefined
            ? `${what}, more than x${max}. Find the change that did it; a new bound in bench/src/check-bounds.ts takes a reason.`
            : `${work.id}: a contender has no samples: ${why}.`,
        );
    }
  }
  if ("proxy".includes(only)) {
    const taken = await sampleProxies(setting.origin, setting.rounds);
    const medianFor = (kind: string, name: string) => median(taken[kind]?.[name] ?? []);
    for (const [name, what, max] of proxyBounds) {
      const ratio = medianFor("retouch", name) / medianFor("bare", name);
      const line = `proxy: ${what} is x${ratio.toFixed(2)} of the bare one's`;
      lines.push(`${line}, bound x${max}`);
      if (!(ratio <= max)) failures.push(`${line}, more than x${max}. Find the change that did it.`);
    }
  }
  return { lines, failures };
}

/** Bounds of the image-edit proxy beside a bare streaming one. The bare one holds no form, so memory is far above it. */
const proxyBounds = [
  ["cpu", "CPU of a small edit", 9],
  ["largeCpu", "CPU of 8 x 24 MiB", 5],
  ["memory", "memory over its base for 8 x 24 MiB", 6],
] as const;

function medianOf({ samples }: WorkSamples, contender: string, measure: Measure): number {
  return median((samples.get(contender) ?? []).map((sample) => sample[measure]));
}
