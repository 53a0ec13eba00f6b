import { parentPort, workerData } from "node:worker_threads";
import { startCoverage } from "./coverage.ts";
import type { SourcePoints } from "./points.ts";

/** A reader whose steps must grow with its input only. */
export interface LinearCase {
  readonly name: string;
  /** Returns an input of `count` units of what makes it slow. */
  make(count: number): unknown;
  run(input: never): unknown;
}

/** The steps of one case, for an input and for one of twice the length. */
export interface CaseSteps {
  readonly name: string;
  readonly once: number;
  readonly twice: number;
}

if (parentPort) {
  const { sources, file, count }: { sources: readonly SourcePoints[]; file: string; count: number } =
    workerData;
  const coverage = startCoverage(sources);
  const { cases } = (await import(file)) as { readonly cases: readonly LinearCase[] }; // the list of cases
  const steps: CaseSteps[] = [];
  for (const { name, make, run } of cases) {
    const stepsOf = async (units: number): Promise<number> => {
      const input = make(units);
      coverage.take();
      await run(input as never);
      return coverage.take().reduce((sum, one) => sum + one, 0);
    };
    // What is loaded or built with the first input is not counted.
    await stepsOf(8);
    steps.push({ name, once: await stepsOf(count), twice: await stepsOf(2 * count) });
  }
  parentPort.postMessage(steps);
}
