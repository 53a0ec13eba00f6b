import { pathToFileURL } from "node:url";
import { parentPort, workerData } from "node:worker_threads";
import { readInputs } from "./corpus.ts";
import { startCoverage } from "./coverage.ts";
import type { Finding } from "./finding.ts";
import type { SourcePoints } from "./points.ts";
import { createRandom } from "./random.ts";
import { type Progress, runLoop } from "./run-loop.ts";
import type { Target } from "./target.ts";

/** What the thread is given. */
export interface WorkerInput {
  readonly file: string;
  readonly seed: number;
  readonly known: readonly string[];
  readonly usesCorpus: boolean;
  readonly sources: readonly SourcePoints[];
  /** Run counter, length of the input, stop flag; then the input itself. */
  readonly shared: SharedArrayBuffer;
}

/** What the thread reports. */
export type WorkerMessage =
  | { readonly type: "progress"; readonly progress: Progress }
  | { readonly type: "finding"; readonly finding: Finding }
  | { readonly type: "end"; readonly all: Uint8Array[]; readonly places: Uint8Array[] };

export const sharedHeaderBytes = 16;

if (parentPort) {
  const post = (message: WorkerMessage): void => parentPort?.postMessage(message);
  const { file, seed, known, usesCorpus, sources, shared }: WorkerInput = workerData;
  const numbers = new Int32Array(shared, 0, 4);
  const bytes = new Uint8Array(shared, sharedHeaderBytes);
  // First, so that what the target imports is counted.
  const coverage = startCoverage(sources);
  const { target } = (await import(pathToFileURL(file).href)) as { readonly target: Target }; // every target exports it
  let reportedAt = 0;
  let last: Progress | undefined;
  const inputs = (["corpus", "findings", "cache"] as const).flatMap((store) =>
    readInputs(store, target.name),
  );
  const { all, places } = await runLoop({
    target,
    coverage,
    inputs: usesCorpus ? inputs : [],
    random: createRandom(seed),
    known: new Set(known),
    onRun(input) {
      bytes.set(input.subarray(0, bytes.length));
      numbers[1] = Math.min(input.length, bytes.length);
      Atomics.add(numbers, 0, 1);
    },
    onProgress(progress) {
      last = progress;
      if (performance.now() - reportedAt < 250) return;
      reportedAt = performance.now();
      post({ type: "progress", progress });
    },
    onFinding: (finding) => post({ type: "finding", finding }),
    shouldStop: () => Atomics.load(numbers, 2) === 1,
  });
  await target.close?.();
  coverage.close();
  if (last) post({ type: "progress", progress: last });
  post({ type: "end", all, places });
}
