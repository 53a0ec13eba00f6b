import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { task } from "./contender.ts";
import { freshEnvironment } from "./fresh-environment.ts";
import type { Sample } from "./sample.ts";
import type { Work } from "./works.ts";

const cli = fileURLToPath(new URL("../node_modules/@retouch/cli/dist/bin.js", import.meta.url));
const reporter = fileURLToPath(new URL("./report-usage.cjs", import.meta.url));

/** Runs `retouch batch run` with a temporary manifest until it ends, and counts the files. */
export async function runBatchOfCli(work: Work, origin: string, files: string): Promise<Sample> {
  const [, concurrency = "", count = "", mebibytes = "", seconds] = work.id.split(":");
  const directory = await mkdtemp(join(tmpdir(), "retouch-bench-batch-"));
  const rows = Array.from({ length: Number(count) }, (_, index) =>
    JSON.stringify({ image: "small.png", prompt: `${task.prompt} ${index}`, output: `out/${index}.png` }),
  );
  await copyFile(join(files, "small.png"), join(directory, "small.png"));
  await writeFile(join(directory, "rows.jsonl"), rows.join("\n"));
  const server = seconds === undefined ? origin : `${origin}/after-${seconds}`;
  const baseUrl = `${server}/response-json-1-${mebibytes}`;
  const options = ["--concurrency", concurrency, "--model", task.model, "--base-url", baseUrl];
  const start = performance.now();
  const child = spawn(
    process.execPath,
    ["--require", reporter, cli, "batch", "run", "rows.jsonl", ...options, "--quiet"],
    {
      cwd: directory,
      env: { ...freshEnvironment(), RETOUCH_API_KEY: "bench", XDG_STATE_HOME: join(directory, "state") },
      stdio: ["ignore", "ignore", "pipe", "pipe"],
    },
  );
  const [stderr, usage] = [collect(child.stdio[2]), collect(child.stdio[3])];
  const [status] = await once(child, "close");
  const timeMs = performance.now() - start;
  if (status !== 0) throw new Error(`Error: retouch batch ended with ${status}. ${stderr().slice(-300)}`);
  const written = await readdir(join(directory, "out"));
  await rm(directory, { recursive: true });
  if (written.length !== Number(count)) throw new Error(`Error: ${written.length} files, not ${count}.`);
  return { timeMs, posts: Number(count), ...(JSON.parse(usage()) as { cpuMs: number; peakMib: number }) };
}

function collect(stream: unknown): () => string {
  let text = "";
  // Pipes, as configured by `stdio`.
  (stream as NodeJS.ReadableStream).on("data", (chunk: Buffer) => {
    text += String(chunk);
  });
  return () => text;
}
