/**
 * Compares our client with its peers in one run:
 * `pnpm bench [--rounds N] [--only TEXT] [--contender NAME,...] [--write] [--check]`.
 * Every sample is its own process; contenders alternate, so that a slow minute of the machine affects all of them.
 * `--write` puts the tables and their chart into `docs/`, with `--only` those that were measured. `--check` only compares
 * ratios with bounds, and fails.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { buildSample } from "./build-sample.ts";
import { checkBounds } from "./check-bounds.ts";
import { generateTimes } from "./generate-times.ts";
import { drawGrowth } from "./growth-chart.ts";
import { maskTimes } from "./mask-times.ts";
import { measureWork } from "./measure-work.ts";
import { pageWeights } from "./page-weight.ts";
import { proxyTimes } from "./proxy-times.ts";
import { quickstartTimes } from "./quickstart-times.ts";
import { startServer } from "./start-server.ts";
import { startUps } from "./start-up.ts";
import { works } from "./works.ts";
import { writeReport } from "./write-report.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    only: { type: "string", default: "" },
    contender: { type: "string" },
    write: { type: "boolean", default: false },
    check: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const chosen = values.contender?.split(",");
if (values.write && chosen) {
  console.error(
    "`--write` with `--contender` would drop the other rows of each table. Leave one of them out.",
  );
  process.exit(2);
}
await buildSample();
const { origin, close } = await startServer();
const sections: string[] = [];

/** Runs `work` with a directory of the images that every contender sends. */
async function withFiles(work: (files: string) => Promise<void>): Promise<void> {
  const files = await mkdtemp(join(tmpdir(), "retouch-bench-files-"));
  // In its own process: the peak memory of a child includes its parent's memory at the time of the fork.
  await promisify(execFile)(process.execPath, [
    fileURLToPath(new URL("./make-files.ts", import.meta.url)),
    files,
  ]);
  await work(files).finally(() => rm(files, { recursive: true }));
}

async function check(files: string): Promise<void> {
  const { lines, failures } = await checkBounds({ rounds, origin, files }, values.only);
  console.log([...lines, ...failures].join("\n"));
  if (failures.length > 0 || lines.length === 0) process.exitCode = 1;
}

/** What is not a row of `works.ts`, by what `--only` selects, in the order of the page. */
const others: readonly (readonly [string, () => Promise<string>])[] = [
  ["page weight", pageWeights],
  ["start-up", async () => startUps(origin, rounds * 2 + 1)],
  ["generate", () => generateTimes(rounds)],
  ["quickstart", () => quickstartTimes(rounds)],
  ["proxy", () => proxyTimes(origin, rounds)],
  ["stroke", () => maskTimes(rounds)],
];

async function measure(): Promise<void> {
  for (const [name, take] of others) if (name.includes(values.only)) sections.push(await timed(name, take));
  const selected = works.filter((work) => work.id.includes(values.only));
  if (selected.length > 0)
    await withFiles(async (files) => {
      for (const work of selected)
        sections.push(await timed(work.id, () => measureWork(work, { rounds, origin, files, chosen })));
    });
  console.log(sections.join("\n\n"));
  if (!values.write) return;
  await writeReport({ sections, rounds, only: values.only });
  await drawGrowth();
}

/** Reports how long a section took: all of them are to end within 20 minutes. */
async function timed(name: string, take: () => Promise<string>): Promise<string> {
  const start = performance.now();
  const section = await take();
  console.error(`${name}: ${((performance.now() - start) / 1_000).toFixed(0)} s`.padEnd(60));
  return section;
}

await (values.check ? withFiles(check) : measure());
close();
