/**
 * Compares our client with its peers in one run: `pnpm bench [--rounds N] [--only TEXT] [--contender NAME,...] [--write]`.
 * Every sample is its own process; contenders alternate, so that a slow minute of the machine affects all of them.
 * `--write` puts the tables into `docs/performance.md`.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { buildSample } from "./build-sample.ts";
import { generateTimes } from "./generate-times.ts";
import { measureWork } from "./measure-work.ts";
import { pageWeights } from "./page-weight.ts";
import { proxyTimes } from "./proxy-times.ts";
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
  },
});
const rounds = Number(values.rounds);
const chosen = values.contender?.split(",");
await buildSample();
const { origin, close } = await startServer();
const sections: string[] = [];

if ("page weight".includes(values.only)) sections.push(await pageWeights());
if ("start-up".includes(values.only)) sections.push(startUps(origin, rounds * 2 + 1));
if ("generate".includes(values.only)) sections.push(await generateTimes(rounds));
if ("proxy".includes(values.only)) sections.push(await proxyTimes(origin, rounds));
const selected = works.filter((work) => work.id.includes(values.only));
if (selected.length > 0) {
  const files = await mkdtemp(join(tmpdir(), "retouch-bench-files-"));
  // In its own process: the peak memory of a child includes its parent's memory at the time of the fork.
  await promisify(execFile)(process.execPath, [
    fileURLToPath(new URL("./make-files.ts", import.meta.url)),
    files,
  ]);
  for (const work of selected) sections.push(await measureWork(work, { rounds, origin, files, chosen }));
  await rm(files, { recursive: true });
}

close();
const report = sections.join("\n\n");
console.log(report);
if (values.write) await writeReport(report, rounds);
