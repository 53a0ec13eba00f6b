import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { task } from "./contender.ts";
import { freshEnvironment } from "./fresh-environment.ts";
import { pngOf } from "./png-of.ts";
import { median, spread } from "./statistics.ts";
import { signed, table } from "./write-report.ts";

const directory = fileURLToPath(new URL(".", import.meta.url));
const cli = fileURLToPath(new URL("../node_modules/@retouch/cli/dist/bin.js", import.meta.url));
const reporter = fileURLToPath(new URL("./report-usage.cjs", import.meta.url));
const compiled = fileURLToPath(new URL("../node_modules/.cache/bench/first-call.mjs", import.meta.url));
const module = (code: string) => ["--input-type=module", "-e", code];
const importing = ["openai", "openapi-fetch", "@retouch/client", "@retouch/client/node"];
const calling = ["floor", "openai", "ai-sdk", "openapi-fetch", "retouch", "retouch-node"];

/** The code that a new process runs, by name: each is compared with a process that does nothing. */
function processesOf(origin: string, files: string): Record<string, readonly string[]> {
  const edit = ["--prompt", task.prompt, "--model", task.model, "--base-url", `${origin}/small`];
  return {
    "an empty process": module(""),
    ...Object.fromEntries(importing.map((name) => [`import \`${name}\``, module(`import "${name}"`)])),
    "import `ai` and its provider": module('import "ai"; import "@ai-sdk/openai-compatible"'),
    ...Object.fromEntries(
      calling.map((name) => [`import and first call, ${name}`, [compiled, name, origin]]),
    ),
    "`retouch --help`": [cli, "--help"],
    "`retouch edit --help`": [cli, "edit", "--help"],
    "`retouch edit` of a small image, response included": [
      ...[cli, "edit", join(files, "small.png"), ...edit],
      ...["--output", join(files, "edited.png"), "--force", "--quiet"],
    ],
  };
}

/** Runs new processes in rotation, `rounds` times, and writes the table of their CPU time. */
export function startUps(origin: string, rounds: number): string {
  const files = mkdtempSync(join(tmpdir(), "retouch-bench-start-"));
  writeFileSync(join(files, "small.png"), pngOf(2_048));
  const processes = processesOf(origin, files);
  const times = new Map<string, number[]>(Object.keys(processes).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, args] of Object.entries(processes)) times.get(name)?.push(cpuOfProcess(args, files));
  }
  rmSync(files, { recursive: true });
  const bare = median(times.get("an empty process") ?? []);
  const rows = [...times].map(([name, taken]) => [name, spread(taken), signed(median(taken) - bare)]);
  return `### CPU of a fresh process\n\n${table(["process", "CPU, ms", "over an empty process"], rows)}`;
}

/** Runs a new process until it ends and returns its CPU time in milliseconds. */
function cpuOfProcess(args: readonly string[], files: string): number {
  const { status, output } = spawnSync(process.execPath, ["--require", reporter, ...args], {
    cwd: directory,
    env: { ...freshEnvironment(), RETOUCH_API_KEY: "bench", XDG_STATE_HOME: join(files, "state") },
    stdio: ["ignore", "ignore", "inherit", "pipe"],
  });
  if (status !== 0) throw new Error(`\`node ${args.join(" ")}\` ended with ${status}.`);
  return (JSON.parse(String(output[3])) as { cpuMs: number }).cpuMs;
}
