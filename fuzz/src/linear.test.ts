import path from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { beforeAll, describe, expect, it } from "vitest";
import { fuzzDirectory } from "./engine/corpus.ts";
import { findPoints } from "./engine/points.ts";
import type { CaseSteps } from "./engine/steps-worker.ts";

/** Steps are counted in all of these: what a reader calls counts as its own. */
const covers = [
  "packages/client/src/media/",
  "packages/client/src/response/",
  "packages/client/src/errors/",
  "packages/client/src/bytes/",
  "packages/client/src/request/retry-after.ts",
  "packages/client/src/server/",
  "packages/cli/src/errors/did-you-mean.ts",
  "packages/cli/src/input/glob.ts",
  "packages/cli/src/terminal/",
  "packages/mock/src/request/parse-multipart.ts",
  "tools/src/document/",
];

describe("readers and cleaners of foreign data", () => {
  let steps: readonly CaseSteps[] = [];
  beforeAll(async () => {
    const worker = new Worker(new URL("./engine/steps-worker.ts", import.meta.url), {
      workerData: {
        sources: findPoints(path.join(fuzzDirectory, ".."), covers),
        file: fileURLToPath(new URL("./linear-cases.ts", import.meta.url)),
        count: 250,
      },
    });
    steps = await new Promise<readonly CaseSteps[]>((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", reject);
    });
  });

  it("take at most twice as many steps for twice as much", () => {
    expect(steps.length).toBeGreaterThan(40);
    // A loop that does not depend on the input takes some steps too; a tenth is the growth of buffers.
    expect(steps.filter(({ once, twice }) => twice > 2.2 * once + 2000)).toEqual([]);
  });
});
