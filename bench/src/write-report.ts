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

/** Replaces the measured part of `docs/performance.md`, with the machine, the versions, the date and the command. */
export async function writeReport(report: string, rounds: number): Promise<void> {
  const peers = await Promise.all(
    ["openai", "ai", "@ai-sdk/openai-compatible", "openapi-fetch"].map(versionOf),
  );
  const machine = `${cpus().length} cores (${cpus()[0]?.model.trim() ?? "unknown"}), ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform}`;
  const facts = [
    `Measured on ${new Date().toISOString().slice(0, 10)} by \`pnpm bench --rounds ${rounds} --write\`: medians, smallest and largest of ${rounds} rounds.`,
    `Machine: ${machine}; Node ${process.versions.node}. Peers: ${peers.join(", ")}.`,
  ].join("\n");
  const page = await readFile(target, "utf8");
  const before = page.slice(0, page.indexOf(start) + start.length);
  const after = page.slice(page.indexOf(end));
  await writeFile(target, `${before}\n\n${facts}\n\n${report}\n\n${after}`);
}
