import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fuzzDirectory } from "./engine/corpus.ts";
import type { FuzzResult } from "./engine/fuzz-target.ts";

const file = path.join(fuzzDirectory, "..", "docs", "testing.md");
const start = "<!-- fuzz: start -->";
const end = "<!-- fuzz: end -->";

interface Row {
  readonly minutes: number;
  readonly runs: number;
  readonly coverage: string;
  readonly findings: number;
  readonly date: string;
}

/** Adds a run to the table of `docs/testing.md`: a row for each target, with the time, runs and findings of all runs. */
export function recordRun(target: string, { progress, findings, elapsedMs }: FuzzResult): void {
  const text = readFileSync(file, "utf8");
  const table = text.slice(text.indexOf(start), text.indexOf(end));
  const rows = new Map<string, Row>();
  for (const [, name = "", minutes, runs, coverage = "", count, date = ""] of table.matchAll(
    /^\| `([\w-]+)` \| ([\d.]+) \| ([\d,]+) \| ([^|]+) \| (\d+) \| ([\d-]+) \|$/gm,
  )) {
    rows.set(name, {
      minutes: Number(minutes),
      runs: Number(runs?.replaceAll(",", "")),
      coverage: coverage.trim(),
      findings: Number(count),
      date,
    });
  }
  const before = rows.get(target);
  rows.set(target, {
    minutes: (before?.minutes ?? 0) + elapsedMs / 60_000,
    runs: (before?.runs ?? 0) + progress.runs,
    coverage: `${progress.reached} of ${progress.size} (${percent(progress.reached, progress.size)} %)`,
    findings: (before?.findings ?? 0) + findings.length,
    date: new Date().toISOString().slice(0, 10),
  });
  const lines = [...rows]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([name, { minutes, runs, coverage, findings: count, date }]) =>
        `| \`${name}\` | ${minutes.toFixed(1)} | ${runs.toLocaleString("en")} | ${coverage} | ${count} | ${date} |\n`,
    );
  const head =
    "| target | minutes | runs | counters reached | findings | last run |\n|---|---|---|---|---|---|\n";
  writeFileSync(
    file,
    `${text.slice(0, text.indexOf(start))}${start}\n\n${head}${lines.join("")}${text.slice(text.indexOf(end))}`,
  );
}

/** Returns a share in percent, rounded down, so that only everything is 100. */
export function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.floor((100 * part) / whole);
}
