import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { createImageClient } from "@retouch/client/node";
import { task } from "./contender.ts";

/** Times `check()`: sixteen pictures from disk, and a mask of nearly 4 MB, after one call to warm up. */
export async function preflightTimes(folder: string, rounds: number): Promise<[string, number[]][]> {
  const client = createImageClient({ apiKey: "bench", baseUrl: "http://127.0.0.1:9" });
  const big = (await readdir(folder))
    .filter((name) => name.startsWith("big-"))
    .map((name) => join(folder, name));
  const works = {
    "16 pictures of 24 MiB from disk": { ...task, image: big },
    "a mask of nearly 4 MB and its picture": {
      ...task,
      image: join(folder, "masked.png"),
      mask: join(folder, "mask.png"),
    },
  };
  const results: [string, number[]][] = [];
  for (const [name, params] of Object.entries(works)) {
    const times: number[] = [];
    for (let round = 0; round <= rounds; round++) {
      const start = performance.now();
      const report = await client.check(params);
      if (round > 0) times.push(performance.now() - start);
      const errors = report.problems.filter((problem) => problem.severity === "error");
      if (errors.length > 0) throw new Error(`${name}: ${errors[0]?.message}`);
    }
    results.push([name, times]);
  }
  return results;
}
