import { readFile, writeFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";

const target = new URL("../../docs/performance.md", import.meta.url);
const start = "<!-- measured: start -->";
const end = "<!-- measured: end -->";

/** Writes a Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${head.map((_, index) => cells[index] ?? "").join(" | ")} |`;
  return [line(head), `|${head.map(() => " --- |").join("")}`, ...rows.map(line)].join("\n");
}

async function versionOf(name: string): Promise<string> {
  const manifest = await readFile(new URL(`../node_modules/${name}/package.json`, import.meta.url), "utf8");
  return `${name} ${(JSON.parse(manifest) as { version: string }).version}`;
}

/** Formats a difference with its sign: `+1.2`, `-0.3`. */
export function signed(value: number): string {
  return `${value < 0 ? "" : "+"}${value.toFixed(1)}`;
}

/** What a run of the benchmarks has measured. */
export interface Report {
  /** Tables with their titles, in the order of the page. */
  readonly sections: readonly string[];
  readonly rounds: number;
  /** Empty for all benchmarks. */
  readonly only: string;
}

/**
 * Writes the tables of a run into `docs/performance.md`. A complete run replaces the measured part, with the machine, the
 * versions, the date and the command; a run of some benchmarks replaces their tables only, each with its own date.
 */
export async function writeReport(report: Report): Promise<void> {
  const page = await readFile(target, "utf8");
  const before = page.slice(0, page.indexOf(start) + start.length);
  const measured = page.slice(page.indexOf(start) + start.length, page.indexOf(end)).trim();
  const after = page.slice(page.indexOf(end));
  const written =
    report.only === ""
      ? [await factsOf(report), ...report.sections].join("\n\n")
      : replaceSections(measured, report);
  await writeFile(target, `${before}\n\n${written}\n\n${after}`);
}

/** Replaces the sections of the same titles; a new one comes last. */
function replaceSections(measured: string, report: Report): string {
  const known = measured.split(/\n\n(?=### )/);
  const titleOf = (section: string): string => section.split("\n", 1)[0] ?? "";
  for (const section of report.sections) {
    const title = titleOf(section);
    const dated = section.replace(title, `${title}\n\nMeasured on ${commandOf(report)}.`);
    const at = known.findIndex((other) => titleOf(other) === title);
    known.splice(at < 0 ? known.length : at, at < 0 ? 0 : 1, dated);
  }
  return known.join("\n\n");
}

function commandOf({ rounds, only }: Report): string {
  const selection = only === "" ? "" : `--only ${/^[\w:-]+$/.test(only) ? only : JSON.stringify(only)} `;
  return `${new Date().toISOString().slice(0, 10)} by \`pnpm bench ${selection}--rounds ${rounds} --write\``;
}

async function factsOf(report: Report): Promise<string> {
  const peers = await Promise.all(
    ["openai", "ai", "@ai-sdk/openai-compatible", "openapi-fetch"].map(versionOf),
  );
  const machine = `${cpus().length} cores (${cpus()[0]?.model.trim() ?? "unknown"}), ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform}`;
  return [
    `Measured on ${commandOf(report)}: medians, smallest and largest of ${report.rounds} rounds.`,
    `Machine: ${machine}; Node ${process.versions.node}. Peers: ${peers.join(", ")}.`,
  ].join("\n");
}
