// Over 220 lines: one loop, whose steps share what they have reached.
import { mutate } from "../mutation/mutate.ts";
import type { Coverage } from "./coverage.ts";
import { type Finding, propertyOf } from "./finding.ts";
import { minimize } from "./minimize.ts";
import type { Random } from "./random.ts";
import { OracleError, type Target, toBytes } from "./target.ts";

/** How far a run is. */
export interface Progress {
  readonly runs: number;
  /** Counters reached, and how many there are. */
  readonly reached: number;
  readonly size: number;
  /** Inputs of the corpus, and how many of them this run found. */
  readonly inputs: number;
  readonly newInputs: number;
}

export interface LoopOptions {
  readonly target: Target;
  readonly coverage: Coverage;
  /** Inputs to start from, besides the target's seeds. */
  readonly inputs: readonly Uint8Array[];
  readonly random: Random;
  /** Properties that are not reported again. */
  readonly known: ReadonlySet<string>;
  /** Called before each run, so that another thread knows the input that hangs. */
  onRun(input: Uint8Array): void;
  onProgress(progress: Progress): void;
  onFinding(finding: Finding): void;
  shouldStop(): boolean;
}

interface Entry {
  readonly input: Uint8Array;
  /** Counters and how often they were reached: only an entry that has a new one is stored. */
  readonly features: readonly number[];
  /** Whether it is the first to reach a place, not only to reach it more often. */
  readonly hasNewPlace: boolean;
}

/** V8 counts cheaply, but reading its counters takes a millisecond: several inputs are run before each reading. */
const batchSize = 16;
/** More than any input of these sizes may take; measured in processor time, which other processes do not change. */
const maxCpuMs = 1000;

const takesSteps = "steps are linear";
const takesLong = "takes less than a second";
const none = new Uint8Array(0);

/**
 * Runs changed inputs until `shouldStop`. An input that reaches a new place, or reaches one more often by a power of
 * two, joins the corpus, from which the next ones are made. Returns the corpus: the inputs that reach new places first.
 */
export async function runLoop(
  options: LoopOptions,
): Promise<{ readonly all: Uint8Array[]; readonly places: Uint8Array[] }> {
  const { target, coverage, random, shouldStop } = options;
  const dictionary = target.dictionary.map(toBytes);
  const entries: Entry[] = [];
  const features = new Set<number>();
  const reached = new Uint8Array(coverage.size);
  /** The most that a batch has reached each place, as a power of two. */
  const batchPowers = new Uint8Array(coverage.size).fill(255);
  const found = new Set(options.known);
  let runs = 0;
  let reachedCount = 0;
  let starting = 0;

  const report = () =>
    options.onProgress({
      runs,
      reached: reachedCount,
      size: coverage.size,
      inputs: entries.length,
      newInputs: entries.length - starting,
    });

  /** Runs one input and returns what it threw. */
  async function attempt(input: Uint8Array): Promise<{ readonly error: unknown } | undefined> {
    options.onRun(input);
    runs += 1;
    try {
      // A copy: a target that changes its input would change the corpus.
      await target.run(input.slice());
      return undefined;
    } catch (error) {
      return { error };
    }
  }

  /** Runs one input alone, with its steps and its time checked. */
  async function measure(
    input: Uint8Array,
  ): Promise<{ readonly counts: Uint32Array; readonly failure?: { readonly error: unknown } | undefined }> {
    coverage.take();
    const cpu = process.cpuUsage();
    const failure = await attempt(input);
    const { user, system } = process.cpuUsage(cpu);
    const counts = coverage.take();
    if (failure) return { counts, failure };
    const steps = counts.reduce((sum, count) => sum + count, 0);
    const limit = limitOf(input.length);
    if (steps > limit) {
      const detail = `${steps} steps for ${input.length} bytes; at most ${limit}`;
      return { counts, failure: { error: new OracleError(takesSteps, detail) } };
    }
    const cpuMs = (user + system) / 1000;
    if (cpuMs > maxCpuMs) {
      const error = new OracleError(takesLong, `${Math.round(cpuMs)} ms for ${input.length} bytes`);
      return { counts, failure: { error } };
    }
    return { counts };
  }

  function limitOf(byteLength: number): number {
    return target.maxSteps.fixed + target.maxSteps.perByte * byteLength;
  }

  /** Adds an input to the corpus if it has a new feature. */
  function add(input: Uint8Array, counts: Uint32Array): boolean {
    const fresh: number[] = [];
    let hasNewPlace = false;
    for (let place = 0; place < counts.length; place += 1) {
      const count = counts[place] ?? 0;
      if (count === 0) continue;
      if (reached[place] === 0) {
        reached[place] = 1;
        reachedCount += 1;
        hasNewPlace = true;
      }
      const feature = place * 32 + powerOf(count);
      if (features.has(feature)) continue;
      features.add(feature);
      fresh.push(feature);
    }
    if (fresh.length === 0) return false;
    entries.push({ input, features: fresh, hasNewPlace });
    return true;
  }

  async function reportFailure(input: Uint8Array, error: unknown): Promise<void> {
    const property = propertyOf(error);
    if (found.has(property)) return;
    found.add(property);
    const isMeasured = error instanceof OracleError && [takesSteps, takesLong].includes(error.property);
    const small = await minimize(
      input,
      async (candidate) => {
        const failure = isMeasured ? (await measure(candidate)).failure : await attempt(candidate);
        return failure !== undefined && propertyOf(failure.error) === property;
      },
      isMeasured ? 200 : undefined,
    );
    const last = isMeasured ? (await measure(small)).failure : await attempt(small);
    const shown = last?.error ?? error;
    const detail =
      shown instanceof OracleError
        ? shown.message
        : shown instanceof Error
          ? (shown.stack ?? "")
          : String(shown);
    options.onFinding({ target: target.name, property, detail, input: last ? small : input });
  }

  /** Runs an input, reports what does not hold, and adds it to the corpus. */
  async function take(input: Uint8Array): Promise<void> {
    const { counts, failure } = await measure(input);
    if (failure) await reportFailure(input, failure.error);
    else add(input, counts);
  }

  function choose(): Uint8Array {
    // The newest half as often as all others: they are at the frontier. Of two, the shorter: it has fewer places to try.
    const from = random.below(2) === 0 ? Math.floor(entries.length / 2) : 0;
    const [one, other] = [0, 1].map(() => entries[from + random.below(entries.length - from)]?.input ?? none);
    return one && other && other.length < one.length ? other : (one ?? none);
  }

  function change(): Uint8Array {
    const context = { random, dictionary, maxBytes: target.maxBytes, other: choose };
    const changed = mutate(choose(), context);
    return target.mutate && random.below(2) === 0
      ? target.mutate(changed, random).slice(0, target.maxBytes)
      : changed;
  }

  /** Returns whether the places that a batch reached are worth running each of its inputs alone. */
  function isInteresting(counts: Uint32Array): boolean {
    let isNew = false;
    for (let place = 0; place < counts.length; place += 1) {
      const count = counts[place] ?? 0;
      if (count === 0) continue;
      const power = powerOf(count);
      const before = batchPowers[place] ?? 255;
      if (before !== 255 && power <= before && reached[place] === 1) continue;
      batchPowers[place] = before === 255 ? power : Math.max(power, before);
      isNew = true;
    }
    return isNew;
  }

  const loading = coverage.take();
  for (let place = 0; place < loading.length; place += 1) if (loading[place]) reached[place] = 1;
  reachedCount = reached.reduce((sum, one) => sum + one, 0);
  for (const input of [...target.seeds.map(toBytes), ...options.inputs]) {
    if (shouldStop()) break;
    await take(input.slice(0, target.maxBytes));
    report();
  }
  starting = entries.length;
  while (!shouldStop()) {
    const batch: Uint8Array[] = [];
    let byteLength = 0;
    let hasFailed = false;
    const cpu = process.cpuUsage();
    for (let index = 0; index < batchSize && !shouldStop(); index += 1) {
      const input = change();
      const failure = await attempt(input);
      if (failure) {
        hasFailed = true;
        await reportFailure(input, failure.error);
      } else {
        batch.push(input);
        byteLength += input.length;
      }
    }
    const { user, system } = process.cpuUsage(cpu);
    const counts = coverage.take();
    const steps = counts.reduce((sum, count) => sum + count, 0);
    const isSlow = !hasFailed && !found.has(takesLong) && (user + system) / 1000 > maxCpuMs;
    const isLong =
      !hasFailed &&
      !found.has(takesSteps) &&
      steps > target.maxSteps.fixed + target.maxSteps.perByte * byteLength;
    if (isInteresting(counts) || isSlow || isLong) for (const input of batch) await take(input);
    report();
  }
  return {
    all: entries.map(({ input }) => input),
    places: entries.filter(({ hasNewPlace }) => hasNewPlace).map(({ input }) => input),
  };
}

function powerOf(count: number): number {
  return 31 - Math.clz32(count);
}
