import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RawServer, sendJson, startRawServer } from "../src/cli/support/raw-server.ts";
import { type CliRun, cleanEnvironment, cliPath, runCli } from "../src/cli/support/run-cli.ts";
import { pngBase64 } from "../src/cli/support/work-directory.ts";
import { drawImage } from "../src/support/sample-images.ts";

const reporter = fileURLToPath(new URL("report-peak.cjs", import.meta.url));
const header = '{"type":"journal","version":1}\n';
/** More characters than a string of Node can have. */
const journalBytes = 600 * 1024 * 1024;

let directory: string;
let server: RawServer;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "retouch-journal-"));
  await writeFile(path.join(directory, "photo.png"), await drawImage("png", 96, 64));
  const b64 = await pngBase64();
  server = await startRawServer((response) => sendJson(response, { created: 1, data: [{ b64_json: b64 }] }));
});
afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true });
});

const environment = () => ({ RETOUCH_API_KEY: "sk-test-0123456789", RETOUCH_BASE_URL: server.url });
const run = (...argv: string[]): Promise<CliRun> => runCli(argv, { cwd: directory, env: environment() });
const hex = (at: number) => at.toString(16).padStart(32, "0");

/** The three lines of an edit, without a request that any row has. */
function linesOf(at: number): string {
  const id = hex(at);
  const plan = {
    type: "planned",
    id,
    request: id,
    owner: { host: "other", pid: 1 },
    server: "https://server.example",
  };
  const details = {
    promptSha256: "0".repeat(64),
    images: [`/photos/${at}.png`],
    count: 1,
    force: false,
    row: at,
  };
  const output = { chunks: [`/photos/${at}.edited.`, { slot: "ext" }] };
  const file = { path: `/photos/${at}.edited.png`, sha256: "0".repeat(64), byteLength: 1, mtimeMs: 1 };
  return [
    { ...plan, ...details, output, responseFile: `/state/${id}.answer` },
    { type: "sent", id, attempt: 1 },
    { type: "saved", id, files: [file], usage: { totalTokens: 1 }, usd: 0.01 },
  ]
    .map((entry) => `${JSON.stringify({ at: "2026-01-01T00:00:00.000Z", ...entry })}\n`)
    .join("");
}

function* journalText(before: string): Generator<string> {
  let text = before;
  let written = 0;
  for (let at = 0; written < journalBytes; at++) {
    text += linesOf(at);
    if (text.length < 1024 * 1024) continue;
    written += text.length;
    yield text;
    text = "";
  }
}

describe("a journal of 600 MiB", () => {
  it("is read by run, status and recover, and compacted when its run is finished", async () => {
    const row = { id: "a", image: "photo.png", prompt: "x", model: "acme-9", output: "a.{ext}" };
    await writeFile(path.join(directory, "m.jsonl"), JSON.stringify(row));
    expect((await run("batch", "run", "m.jsonl")).code).toBe(0);
    const batches = path.join(directory, ".state/batches");
    const [name = ""] = await readdir(batches);
    const journal = path.join(batches, name, "journal.jsonl");
    const own = await readFile(journal, "utf8");
    await pipeline(Readable.from(journalText(own)), createWriteStream(journal));
    expect((await stat(journal)).size).toBeGreaterThan(journalBytes);

    const status = await run("batch", "status", "m.jsonl", "--json");
    expect(JSON.parse(status.stdout)).toMatchObject({ total: 1, saved: 1, unknown: 0, waiting: 0 });
    expect(await run("recover")).toMatchObject({ code: 0, stdout: "" });
    const second = { ...row, id: "b", prompt: "y", output: "b.{ext}" };
    await writeFile(
      path.join(directory, "m.jsonl"),
      [row, second].map((line) => JSON.stringify(line)).join("\n"),
    );
    const again = await run("batch", "run", "m.jsonl");
    expect(again).toMatchObject({ code: 0, stdout: `${path.join(directory, "b.png")}\n` });
    expect(server.posts()).toBe(2);
    expect((await stat(journal)).size).toBeLessThan(journalBytes / 2);
    expect((await run("batch", "run", "m.jsonl")).code).toBe(0);
    expect(server.posts()).toBe(2);
    await rm(path.join(batches, name), { recursive: true });
  });
});

/** Runs an edit and returns its CPU time in milliseconds. */
async function cpuOfEdit(output: string): Promise<number> {
  const argv = [
    "--require",
    reporter,
    cliPath,
    "edit",
    "photo.png",
    "-m",
    "acme-9",
    "-p",
    output,
    "-o",
    output,
  ];
  const child = spawn(process.execPath, argv, {
    cwd: directory,
    env: cleanEnvironment(directory, { ...environment(), REPORT: "cpu" }),
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  let report = "";
  // A pipe, as configured by `stdio`.
  (child.stdio as unknown as NodeJS.ReadableStream[])[3]?.on("data", (text: Buffer) => {
    report += String(text);
  });
  const [code] = await once(child, "close");
  expect(code).toBe(0);
  return Number(report);
}

async function leastCpu(label: string): Promise<number> {
  const times: number[] = [];
  for (let at = 0; at < 9; at++) times.push(await cpuOfEdit(`${label}-${at}.png`));
  return Math.min(...times);
}

it("an edit takes at most 20 ms of CPU more when 1,000,000 rows are journaled", async () => {
  const before = await leastCpu("before");
  const batch = path.join(directory, ".state/batches/big");
  const saved = path.join(directory, ".state/saved");
  await mkdir(batch, { recursive: true });
  const journal = createWriteStream(path.join(batch, "journal.jsonl"));
  journal.write(header);
  const shards = Array.from({ length: 256 }, () => [] as string[]);
  for (let at = 0; at < 1_000_000; at++) {
    const request = ((at * 2_654_435_761) % 2 ** 32).toString(16).padStart(8, "0").padEnd(32, "0");
    const file = { path: `/photos/${at}.edited.png`, sha256: "0".repeat(64), byteLength: 1, mtimeMs: 1 };
    const entry = { type: "saved", id: request, files: [file] };
    if (!journal.write(`${JSON.stringify(entry)}\n`)) await once(journal, "drain");
    shards[Number.parseInt(request.slice(0, 2), 16)]?.push(
      JSON.stringify({ request, id: request, at: "", files: [file] }),
    );
  }
  journal.end();
  await once(journal, "close");
  await mkdir(saved, { recursive: true });
  for (const [at, lines] of shards.entries())
    await writeFile(path.join(saved, `${at.toString(16).padStart(2, "0")}.jsonl`), `${lines.join("\n")}\n`);
  expect((await leastCpu("after")) - before).toBeLessThan(20);
});
