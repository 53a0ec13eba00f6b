/**
 * Measures ours beside its peers in one run: `pnpm bench [--rounds N] [--only TEXT] [--contender NAME,...] [--write]`.
 * Every sample is a process of its own; contenders take turns, so that a slow minute of the machine hits all of them.
 * `--write` puts the tables into `docs/performance.md`.
 */
import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { makeFiles } from "./make-files.ts";
import { pageWeights } from "./page-weight.ts";
import type { Sample } from "./sample.ts";
import { startServer } from "./start-server.ts";
import { cpuOfProcess, startUps } from "./start-up.ts";
import { median, spread } from "./statistics.ts";
import { type Work, works } from "./works.ts";
import { table, writeReport } from "./write-report.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    only: { type: "string", default: "" },
    contender: { type: "string", default: "" },
    write: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const chosen = values.contender === "" ? undefined : values.contender.split(",");
const run = promisify(execFile);
const sampleScript = fileURLToPath(new URL("./sample.ts", import.meta.url));
const files = await makeFiles();
const server = await startServer();

async function takeSample(contender: string, work: Work): Promise<Sample | string> {
  try {
    const { stdout } = await run(process.execPath, [sampleScript, contender, work.id, server.origin, files], {
      timeout: 120_000,
    });
    return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Sample;
  } catch (error) {
    const text = String((error as { stderr?: string }).stderr ?? error);
    return /ERR_STRING_TOO_LONG|Cannot create a string longer/.test(text)
      ? "ERR_STRING_TOO_LONG"
      : (text.match(/^\w*Error.*/m)?.[0] ?? "failed");
  }
}

async function measure(work: Work): Promise<string> {
  const contenders = work.contenders.filter((name) => chosen === undefined || chosen.includes(name));
  const samples = new Map<string, Sample[]>(contenders.map((name) => [name, []]));
  const failures = new Map<string, string>();
  // Nobody's: it makes the server prepare its answer, so that the first contender does not wait for that.
  await takeSample("node-http", work);
  for (let round = 0; round < rounds; round++) {
    for (const name of contenders) {
      if (failures.has(name)) continue;
      process.stderr.write(`${work.id} ${name} round ${round + 1}/${rounds}   \r`);
      const sample = await takeSample(name, work);
      if (typeof sample === "string") failures.set(name, sample);
      else samples.get(name)?.push(sample);
    }
  }
  const base = median((samples.get("floor") ?? []).map((sample) => sample.timeMs));
  const throughputBase = median((samples.get("floor") ?? []).map((sample) => sample.perSecond ?? Number.NaN));
  const rows = contenders.map((name) => {
    const taken = samples.get(name) ?? [];
    if (failures.has(name) || taken.length === 0)
      return [name, `fails: ${failures.get(name) ?? "no sample"}`];
    const times = taken.map((sample) => sample.timeMs);
    const perSecond = taken.flatMap((sample) => sample.perSecond ?? []);
    return [
      name,
      spread(times, work.id === "small" ? 2 : 0),
      Number.isNaN(base) ? "-" : `x${(median(times) / base).toFixed(2)}`,
      spread(
        taken.map((sample) => sample.cpuMs),
        0,
      ),
      spread(
        taken.map((sample) => sample.peakMib),
        0,
      ),
      spread(
        taken.map((sample) => sample.stallMs),
        0,
      ),
      ...(work.id === "small"
        ? [`${spread(perSecond, 0)} (x${(median(perSecond) / throughputBase).toFixed(2)})`]
        : []),
    ];
  });
  const head = ["contender", "time, ms", "against floor", "CPU, ms", "peak RSS, MiB", "longest stall, ms"];
  return `### ${work.title}\n\n${table(work.id === "small" ? [...head, "calls/s, 64 in flight"] : head, rows)}`;
}

const sections: string[] = [];
if ("page weight".includes(values.only)) {
  const weights = await pageWeights();
  const rows = weights.map((weight) => [weight.name, String(weight.startBytes), String(weight.lateBytes)]);
  sections.push(
    `### A minimal edit in a page, gzip\n\n${table(["contender", "at start, B", "late chunks, B"], rows)}`,
  );
}
if ("start-up".includes(values.only)) {
  const times = new Map<string, number[]>(Object.keys(startUps).map((name) => [name, []]));
  for (let round = 0; round < rounds * 2 + 1; round++) {
    for (const [name, args] of Object.entries(startUps)) times.get(name)?.push(cpuOfProcess(args));
  }
  const bare = median(times.get("an empty process") ?? []);
  const rows = [...times].map(([name, taken]) => [
    name,
    spread(taken),
    `+${(median(taken) - bare).toFixed(1)}`,
  ]);
  sections.push(
    `### CPU of a fresh process\n\n${table(["process", "CPU, ms", "over an empty process"], rows)}`,
  );
}
if ("preflight".includes(values.only)) {
  const { preflightTimes } = await import("./preflight-times.ts");
  const taken = await preflightTimes(files, rounds);
  sections.push(
    `### Preflight alone\n\n${table(
      ["work", "time, ms"],
      taken.map(([name, times]) => [name, spread(times)]),
    )}`,
  );
}
for (const work of works) if (work.id.includes(values.only)) sections.push(await measure(work));

server.close();
await rm(files, { recursive: true });
const report = sections.join("\n\n");
console.log(report);
if (values.write) await writeReport(report, rounds);
