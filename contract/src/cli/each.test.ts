import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { type RawServer, sendJson, startRawServer } from "./support/raw-server.ts";
import { type CliOptions, type CliRun, hasSignals, runCli } from "./support/run-cli.ts";
import { drawPhoto, pngBase64, useWorkDirectory } from "./support/work-directory.ts";

const directory = useWorkDirectory();
const names = ["a", "b", "c", "d", "e", "f"];
let server: RawServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** Starts a server that responds once `together` requests have arrived. */
async function startServer(together = 1, status = 200): Promise<void> {
  const b64 = await pngBase64();
  const body = status === 200 ? { created: 1, data: [{ b64_json: b64 }] } : { error: { message: "no" } };
  const waiting: (() => void)[] = [];
  server = await startRawServer((response) => {
    waiting.push(() => sendJson(response, body, status));
    if (waiting.length === together) for (const respond of waiting.splice(0)) respond();
  });
}
/** Runs `retouch edit` with six images. */
async function editEach(flags: readonly string[], options: Partial<CliOptions> = {}): Promise<CliRun> {
  for (const name of names) await drawPhoto(path.join(directory.path, `${name}.png`));
  return runCli(["edit", ...names.map((name) => `${name}.png`), "-p", "x", ...flags], {
    cwd: directory.path,
    ...options,
    env: {
      RETOUCH_API_KEY: "sk-test-0123456789",
      RETOUCH_BASE_URL: server?.url ?? "",
      RETOUCH_MODEL: "acme-9",
      ...options.env,
    },
  });
}
const edited = async () => (await readdir(directory.path)).filter((name) => name.includes(".edited.")).sort();

describe("retouch edit --each", () => {
  it("has `--concurrency` edits in flight, and reports them in the order of the images", async () => {
    // With fewer in flight, the server would never respond.
    await startServer(3);
    const run = await editEach(["--each", "--concurrency", "3", "--json"]);
    expect(run.code).toBe(0);
    const { images } = JSON.parse(run.stdout) as { images: { path: string }[] };
    expect(images.map((image) => path.basename(image.path))).toEqual(
      names.map((name) => `${name}.edited.png`),
    );
    expect(server?.posts()).toBe(6);
  });

  it("spaces the sends by `--rate`, whatever the concurrency", async () => {
    await startServer();
    const clock = fileURLToPath(new URL("support/test-clock.cjs", import.meta.url));
    const run = await editEach(["--each", "--concurrency", "6", "--rate", "50/min"], {
      input: "",
      env: { NODE_OPTIONS: `--require=${JSON.stringify(clock)}` },
    });
    expect(run.code).toBe(0);
    const state = path.join(directory.path, ".state/edits");
    const journals = await Promise.all(
      (await readdir(state)).map((name) => readFile(path.join(state, name), "utf8")),
    );
    const sentAt = journals
      .flatMap((text) => text.trim().split("\n"))
      .map((line) => JSON.parse(line) as { type: string; at: string })
      .filter(({ type }) => type === "sent")
      .map(({ at }) => Date.parse(at))
      .sort((a, b) => a - b);
    expect(sentAt.map((time) => time - (sentAt[0] ?? 0))).toEqual([0, 1200, 2400, 3600, 4800, 6000]);
  });

  it.each([
    ["what may cost more", "gpt-image-1", "0.05", "6 edit(s) may cost USD"],
    ["an unknown price", "acme-9", "50", "cannot be guaranteed"],
  ])("sends nothing with `--max-cost` for %s, and exits with 9", async (_, model, usd, message) => {
    await startServer();
    const run = await editEach(["--each", "-m", model, "--size", "1024x1024", "--max-cost", usd]);
    expect(run).toMatchObject({ code: 9, stderr: expect.stringContaining(message) });
    expect(server?.posts()).toBe(0);
    expect(await edited()).toEqual([]);
  });

  it("counts the edits that it does not start after a rejected key", async () => {
    await startServer(2, 401);
    const run = await editEach(["--each", "--concurrency", "2"]);
    expect(run).toMatchObject({ code: 4, stderr: expect.stringContaining("4 of 6 edits were not started") });
    expect(server?.posts()).toBe(2);
  });

  it.runIf(hasSignals)("ends with 130 when a signal comes while edits wait for the rate", async () => {
    await startServer();
    const run = await editEach(["--each", "--rate", "1/h"], {
      during: (child) => child.stdout?.once("data", () => child.kill("SIGINT")),
    });
    expect(run).toMatchObject({
      code: 130,
      stderr: expect.stringContaining("5 of 6 edits were not started"),
    });
    expect(await edited()).toEqual(["a.edited.png"]);
  });
});

describe("retouch edit without --each", () => {
  it.each([
    ["--concurrency", "2"],
    ["--rate", "2/s"],
  ])("refuses %s", async (...flags) => {
    await startServer();
    const run = await editEach(flags);
    expect(run).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`\`${flags[0]}\` needs \`--each\``),
    });
    expect(server?.posts()).toBe(0);
  });
});
