import path from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { fuzzDirectory } from "./corpus.ts";
import type { Finding } from "./finding.ts";
import { findPoints } from "./points.ts";
import type { Progress } from "./run-loop.ts";
import type { Target } from "./target.ts";
import { sharedHeaderBytes, type WorkerInput, type WorkerMessage } from "./worker.ts";

export interface FuzzOptions {
  readonly name: string;
  /** The target's file. */
  readonly file: string;
  readonly milliseconds: number;
  readonly seed: number;
  /** Whether to start from the stored corpus too, not only from the seeds. */
  readonly usesCorpus?: boolean | undefined;
  /** Stops the run. */
  readonly signal?: AbortSignal | undefined;
  /** Ends the run after its first finding. */
  readonly stopsAtFinding?: boolean | undefined;
  onProgress?(progress: Progress): void;
  onFinding?(finding: Finding): void;
}

export interface FuzzResult {
  readonly progress: Progress;
  readonly findings: readonly Finding[];
  /** All inputs of the corpus, and those that are the first to reach a place. */
  readonly all: readonly Uint8Array[];
  readonly places: readonly Uint8Array[];
  readonly elapsedMs: number;
}

const maxInputBytes = 1 << 20;
/** A run that takes this much processor time will not end; one that waits this long without any waits forever. */
const maxRunCpuMs = 20_000;
const maxRunMs = 120_000;
const nothing: Progress = { runs: 0, reached: 0, size: 0, inputs: 0, newInputs: 0 };

/**
 * Fuzzes one target in a thread of its own, so that an input that hangs or takes all memory is a finding like others:
 * the thread is replaced by a new one.
 */
export async function fuzzTarget(options: FuzzOptions): Promise<FuzzResult> {
  const { name, file, signal } = options;
  const { target } = (await import(pathToFileURL(file).href)) as { readonly target: Target }; // every target exports it
  const sources = findPoints(path.join(fuzzDirectory, ".."), target.covers);
  const startedAt = performance.now();
  const findings: Finding[] = [];
  let finished: { all: Uint8Array[]; places: Uint8Array[] } = { all: [], places: [] };
  let before = nothing;
  let progress = nothing;
  const addFinding = (finding: Finding): void => {
    findings.push(finding);
    options.onFinding?.(finding);
  };
  const isOver = (): boolean =>
    performance.now() - startedAt >= options.milliseconds ||
    signal?.aborted === true ||
    (options.stopsAtFinding === true && findings.length > 0);

  for (let round = 0; round === 0 || !isOver(); round += 1) {
    before = { ...progress };
    const end = await runThread(round);
    if (end) {
      finished = end;
      break;
    }
    // Inputs that hang are few; a target in which all hang must not start threads forever.
    if (findings.length > 20) break;
  }
  return { progress, findings, ...finished, elapsedMs: performance.now() - startedAt };

  async function runThread(round: number): Promise<{ all: Uint8Array[]; places: Uint8Array[] } | undefined> {
    const shared = new SharedArrayBuffer(sharedHeaderBytes + maxInputBytes);
    const numbers = new Int32Array(shared, 0, 4);
    const current = (): Uint8Array => new Uint8Array(shared, sharedHeaderBytes, numbers[1] ?? 0).slice();
    const known = findings.map(({ property }) => property);
    const workerInput: WorkerInput = {
      file,
      seed: options.seed + round,
      known,
      usesCorpus: options.usesCorpus ?? true,
      sources,
      shared,
    };
    const worker = new Worker(new URL("./worker.ts", import.meta.url), {
      workerData: workerInput,
      resourceLimits: { maxOldGenerationSizeMb: 1024 },
    });
    let end: { all: Uint8Array[]; places: Uint8Array[] } | undefined;
    let runAt = { run: -1, cpuMs: 0, ms: 0 };
    const watch = setInterval(() => {
      if (isOver()) Atomics.store(numbers, 2, 1);
      const { user, system } = process.cpuUsage();
      const cpuMs = (user + system) / 1000;
      const run = Atomics.load(numbers, 0);
      if (run !== runAt.run) runAt = { run, cpuMs, ms: performance.now() };
      const isBusy = cpuMs - runAt.cpuMs > maxRunCpuMs;
      if (run === 0 || !(isBusy || performance.now() - runAt.ms > maxRunMs)) return;
      const property = isBusy ? "ends" : "settles";
      if (!known.includes(property)) addFinding({ target: name, property, detail: "", input: current() });
      void worker.terminate();
    }, 100);
    worker.on("message", (message: WorkerMessage) => {
      if (message.type === "end") end = message;
      else if (message.type === "finding") addFinding(message.finding);
      else {
        progress = { ...message.progress, runs: before.runs + message.progress.runs };
        options.onProgress?.(progress);
      }
    });
    worker.on("error", (error) => {
      const isMemory = (error as NodeJS.ErrnoException).code === "ERR_WORKER_OUT_OF_MEMORY";
      const property = isMemory ? "takes bounded memory" : `breaks the thread: ${error.message}`;
      addFinding({ target: name, property, detail: error.stack ?? "", input: current() });
    });
    await new Promise((resolve) => worker.once("exit", resolve));
    clearInterval(watch);
    if (!end && findings.length === known.length) {
      // A promise that nothing will settle lets the thread end.
      addFinding({ target: name, property: "settles", detail: "", input: current() });
    }
    return end;
  }
}
