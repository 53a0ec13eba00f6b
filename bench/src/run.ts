/**
 * Compares our client with its peers in one run:
 * `pnpm bench [--rounds N] [--only TEXT] [--contender NAME,...] [--write] [--check]`.
 * Every sample is its own process; contenders alternate, so that a slow minute of the machine affects all of them.
 * `--write` puts the tables and their chart into `docs/`. `--check` only compares ratios with bounds, and fails.
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
import { queueTimes } from "./queue-times.ts";
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

async function measure(): Promise<void> {
  if ("page weight".includes(values.only)) sections.push(await pageWeights());
  if ("start-up".includes(values.only)) sections.push(startUps(origin, rounds * 2 + 1));
  if ("generate".includes(values.only)) sections.push(await generateTimes(rounds));
  if ("proxy".includes(values.only)) sections.push(await proxyTimes(origin, rounds));
  if ("queue".includes(values.only)) sections.push(await queueTimes(origin, rounds));
  if ("stroke".includes(values.only)) sections.push(await maskTimes(rounds));
  const selected = works.filter((work) => work.id.includes(values.only));
  if (selected.length > 0)
    await withFiles(async (files) => {
      for (const work of selected) sections.push(await measureWork(work, { rounds, origin, files, chosen }));
    });
  const report = sections.join("\n\n");
  console.log(report);
  if (!values.write) return;
  await writeReport(report, rounds);
  await drawGrowth();
}

await (values.check ? withFiles(check) : measure());
close();
