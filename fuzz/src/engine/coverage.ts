import { type Profiler, Session } from "node:inspector";
import { pathToFileURL } from "node:url";
import type { SourcePoints } from "./points.ts";

/** Counters of the places in a target's sources, by V8's precise coverage of blocks. */
export interface Coverage {
  /** Number of counters. */
  readonly size: number;
  /** Returns how often each place was executed since the last call, and resets the counters. The array is reused. */
  take(): Uint32Array;
  close(): void;
}

/**
 * Starts to count what is loaded from now on, in this thread. The places are found in another one: V8 takes longer to
 * read its counters for each function that is loaded, and a TypeScript parser has many.
 */
export function startCoverage(sources: readonly SourcePoints[]): Coverage {
  const session = new Session();
  session.connect();
  post(session, "Profiler.enable");
  post(session, "Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  const files = new Map<string, { offsets: readonly number[]; first: number }>();
  let size = 0;
  for (const { file, offsets } of sources) {
    files.set(pathToFileURL(file).href, { offsets, first: size });
    size += offsets.length;
  }
  const counts = new Uint32Array(size);
  return {
    size,
    take() {
      counts.fill(0);
      const taken = post(session, "Profiler.takePreciseCoverage");
      const { result } = taken as Profiler.TakePreciseCoverageReturnType; // what this method returns
      for (const { url, functions } of result) {
        const file = files.get(url);
        if (file) count(functions, file.offsets, counts.subarray(file.first));
      }
      return counts;
    },
    close: () => session.disconnect(),
  };
}

/** Gives each place the count of the innermost range around it. */
function count(
  functions: readonly Profiler.FunctionCoverage[],
  offsets: readonly number[],
  counts: Uint32Array,
): void {
  const ranges = functions
    .flatMap((one) => one.ranges)
    .sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset);
  const open: Profiler.CoverageRange[] = [];
  let next = 0;
  for (const [index, offset] of offsets.entries()) {
    for (let range = ranges[next]; range && range.startOffset <= offset; range = ranges[next]) {
      next += 1;
      open.push(range);
    }
    while (open.length > 0 && (open.at(-1)?.endOffset ?? 0) <= offset) open.pop();
    // A range that has ended can be below one that has not: of two functions, the first may be reported later.
    counts[index] = open.findLast(({ endOffset }) => endOffset > offset)?.count ?? 0;
  }
}

/** Sends a command. Without a connection to another thread, its callback is called before this returns. */
function post(session: Session, method: string, parameters: object = {}): unknown {
  let outcome: { readonly error: Error | null; readonly result?: unknown } | undefined;
  session.post(method, parameters, (error, result) => {
    outcome = { error, result };
  });
  if (outcome?.error) throw outcome.error;
  return outcome?.result;
}
