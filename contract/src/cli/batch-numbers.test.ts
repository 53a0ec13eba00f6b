import { appendFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { runBatch, writeManifest } from "./support/batch-manifest.ts";
import { type RawServer, sendJson, startRawServer } from "./support/raw-server.ts";
import { type CliRun, runCli } from "./support/run-cli.ts";
import { pngBase64, useWorkDirectory } from "./support/work-directory.ts";

const directory = useWorkDirectory();
let raw: RawServer | undefined;
afterEach(async () => {
  await raw?.close();
  raw = undefined;
});

/** Responds to each POST with the next status; 200 once they are used up. */
async function startServer(...statuses: number[]): Promise<RawServer> {
  const b64 = await pngBase64();
  const usage = { input_tokens: 100, output_tokens: 200, total_tokens: 300 };
  raw = await startRawServer((response, post) => {
    const status = statuses[post - 1] ?? 200;
    if (status === 200) sendJson(response, { created: 1, data: [{ b64_json: b64 }], usage });
    else sendJson(response, { error: { message: "No." } }, status);
  });
  return raw;
}
const batch = (...argv: string[]) =>
  runBatch(directory.path, raw?.url ?? "", ["--concurrency", "1", ...argv]);
const cli = (...argv: string[]): Promise<CliRun> =>
  runCli(argv, {
    cwd: directory.path,
    env: { RETOUCH_API_KEY: "sk-test-0123456789", RETOUCH_BASE_URL: raw?.url ?? "" },
  });
const lastLine = (run: CliRun) =>
  JSON.parse(run.stdout.trim().split("\n").at(-1) ?? "") as Record<string, unknown>;
const status = async () =>
  JSON.parse((await cli("batch", "status", "m.jsonl", "--json")).stdout) as Record<string, unknown>;

const names = ["total", "saved", "skipped", "failed", "unknown", "unwritten", "waiting", "invalid"];
const pick = (document: Record<string, unknown>) =>
  Object.fromEntries(names.map((name) => [name, document[name]]));

describe("the numbers of a batch", () => {
  it("are the same in run, status and --dry-run", async () => {
    await startServer(200, 400, 500);
    await writeManifest(directory.path, 5);
    const ended = lastLine(await batch("--json", "--fail-fast"));
    expect(pick(ended)).toEqual({
      total: 5,
      saved: 1,
      skipped: 0,
      failed: 1,
      unknown: 0,
      unwritten: 0,
      waiting: 3,
      invalid: 0,
    });
    expect(pick(await status())).toEqual(pick(ended));
    expect(pick(lastLine(await batch("--json", "--dry-run")))).toEqual(pick(ended));
    const again = lastLine(await batch("--json"));
    expect(pick(again)).toMatchObject({ saved: 3, failed: 1, unknown: 1, waiting: 0 });
    expect(pick(await status())).toEqual(pick(again));
  });

  it("name unknown rows by their id, and cut the list with a count", async () => {
    await startServer(...Array.from({ length: 30 }, () => 500));
    await writeManifest(directory.path, 30);
    expect((await batch()).code).toBe(8);
    const { unknown, unknownRows } = await status();
    expect(unknown).toBe(30);
    expect(unknownRows).toHaveLength(20);
    expect((unknownRows as unknown[])[0]).toMatchObject({ id: "r0", line: 1 });
    expect((await cli("batch", "status", "m.jsonl")).stdout).toContain("and 10 more");
  });

  it("cut the list of invalid rows with a count", async () => {
    await startServer();
    await writeFile(path.join(directory.path, "m.jsonl"), "{\n".repeat(500));
    const refused = await batch();
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("500 invalid row(s)");
    expect(refused.stderr).toContain("and 480 more");
    expect(refused.stderr.split("\n").length).toBeLessThan(30);
  });
});

describe("retouch batch retry", () => {
  it("sends only the rows that it names, whatever happened to them before", async () => {
    await startServer(500, 400, 500, 200);
    await writeManifest(directory.path, 4);
    await batch();
    const retried = await cli("batch", "retry", "m.jsonl", "r0", "r1", "--json");
    expect(retried.code).toBe(0);
    expect(raw?.posts()).toBe(6);
    expect(lastLine(retried)).toMatchObject({ saved: 3, unknown: 1, exitCode: 0 });
    expect((await cli("batch", "retry", "m.jsonl", "r9")).code).toBe(2);
    expect((await batch()).code).toBe(8);
    expect(raw?.posts()).toBe(6);
  });

  it("skips invalid rows with --skip-invalid, which do not decide its exit code", async () => {
    await startServer(400);
    await writeManifest(directory.path, 1);
    await appendFile(path.join(directory.path, "m.jsonl"), "\n{");
    expect((await batch("--skip-invalid")).code).toBe(3);
    const refused = await cli("batch", "retry", "m.jsonl", "r0");
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("or skip them with `--skip-invalid`.");
    const retried = await cli("batch", "retry", "m.jsonl", "r0", "--skip-invalid", "--json");
    expect(retried.code).toBe(0);
    expect(lastLine(retried)).toMatchObject({ saved: 1, invalid: 1, exitCode: 0 });
    expect(raw?.posts()).toBe(2);
  });

  it("sends no row that is saved", async () => {
    await startServer();
    await writeManifest(directory.path, 1);
    await batch();
    expect((await cli("batch", "retry", "m.jsonl", "r0")).code).toBe(0);
    expect(raw?.posts()).toBe(1);
  });
});

describe("money", () => {
  const priced = { model: "gpt-image-1", quality: "low", size: "1024x1024" };

  it("is in the summary: what the edits cost by their tokens", async () => {
    await startServer();
    await writeManifest(directory.path, 2, priced);
    const ended = await batch();
    expect(ended.stderr).toMatch(/Cost of this manifest so far: USD 0\.0\d/);
    const { usd, unpriced } = await status();
    // 100 tokens of input at the higher rate and 200 of output, twice.
    expect(usd).toBeCloseTo((2 * (100 * 10 + 200 * 40)) / 1e6, 6);
    expect(unpriced).toBe(0);
  });

  it("is not spent on the mock, and the summary says so", async () => {
    await writeManifest(directory.path, 1, priced);
    const ended = await cli("batch", "run", "m.jsonl", "--mock");
    const shown = await cli("batch", "status", "m.jsonl");
    for (const { code, stdout, stderr } of [ended, shown]) {
      expect(code).toBe(0);
      expect(stdout + stderr).toContain("The rows ran against the mock. Nothing was billed.");
      expect(stdout + stderr).not.toMatch(/cost|USD/i);
    }
  });

  it("is limited by --max-cost across reruns of a manifest", async () => {
    await startServer(500, 500);
    await writeManifest(directory.path, 2, priced);
    const worst = lastLine(await batch("--json", "--dry-run"))["worstCaseUsd"] as number;
    const limit = ["--max-cost", String(worst * 1.5)];
    expect((await batch(...limit)).code).toBe(8);
    const refused = await batch(...limit, "--retry-unknown");
    expect(refused.code).toBe(9);
    expect(refused.stderr).toContain("earlier runs of the manifest have cost up to");
    expect(raw?.posts()).toBe(2);
    expect((await batch("--max-cost", String(worst * 2), "--retry-unknown")).code).toBe(0);
  });
});
