import { spawn } from "@lydell/node-pty";
import { modelNames } from "@retouch/client/node";
import { startMockServer } from "@retouch/mock/server";
import { describe, expect, it } from "vitest";
import { sendJson, startRawServer } from "./support/raw-server.ts";
import { cleanEnvironment, cliPath, runCli } from "./support/run-cli.ts";
import { pngBase64, useWorkDirectory } from "./support/work-directory.ts";

const directory = useWorkDirectory();
const key = { RETOUCH_API_KEY: "sk-test-0123456789" };
const argv = ["edit", "photo.png", "-m", "gpt-image-1", "-p", "x"];

/** Runs the CLI in a real terminal of the given width. */
async function inTerminal(
  line: readonly string[],
  env: Record<string, string>,
  {
    cols = 80,
    onStart = () => undefined,
  }: { cols?: number; onStart?: (type: (keys: string) => void) => void } = {},
): Promise<{ code: number; text: string }> {
  const terminal = spawn(process.execPath, [cliPath, ...line], {
    cwd: directory.path,
    cols,
    rows: 30,
    env: { ...cleanEnvironment(directory.path), TERM: "xterm-256color", ...key, ...env },
  });
  let text = "";
  terminal.onData((chunk) => {
    text += chunk;
  });
  onStart((keys) => terminal.write(keys));
  const code = await new Promise<number>((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)));
  return { code, text };
}

describe("on a terminal", () => {
  it("shows its progress, clears the line and restores the cursor", async () => {
    const mock = await startMockServer({ render: "drawn" });
    const { code, text } = await inTerminal(argv, { RETOUCH_BASE_URL: mock.url });
    await mock.close();
    expect(code).toBe(0);
    expect(text).toContain("Editing photo.png with gpt-image-1");
    expect(text.lastIndexOf("\u001b[?25h")).toBeGreaterThan(text.lastIndexOf("\u001b[?25l"));
    expect(text).toContain("photo.edited.png");
  });

  it("restores the cursor on Ctrl-C, and exits with 130", async () => {
    let type: (keys: string) => void = () => undefined;
    const server = await startRawServer(() => type("\u0003"));
    const { code, text } = await inTerminal(
      argv,
      { RETOUCH_BASE_URL: server.url },
      {
        onStart: (keys) => {
          type = keys;
        },
      },
    );
    await server.close();
    expect(code).toBe(130);
    expect(text).toContain("may be billed");
    expect(text.lastIndexOf("\u001b[?25h")).toBeGreaterThan(text.lastIndexOf("\u001b[?25l"));
  });

  it("truncates tables to the terminal width, and links files if links are supported", async () => {
    const { text } = await inTerminal(["models"], {}, { cols: 50 });
    for (const line of text.split("\r\n")) expect(line.length).toBeLessThanOrEqual(50);
    const b64 = await pngBase64();
    const server = await startRawServer((response) => sendJson(response, { data: [{ b64_json: b64 }] }));
    const linked = await inTerminal(argv, { RETOUCH_BASE_URL: server.url, FORCE_HYPERLINK: "1" });
    await server.close();
    expect(linked.text).toContain("\u001b]8;;file://");
  });

  it("cuts no model's name and no limit at 40 columns, and no line is wider", async () => {
    const lines = async (...argv: string[]) => {
      const { text } = await inTerminal(argv, {}, { cols: 40 });
      const found = text.split("\r\n");
      for (const line of found) expect(line.length, line).toBeLessThanOrEqual(40);
      return found;
    };
    const listed = await lines("models");
    // `NAME, -DATE` is a model and its snapshot.
    const names = listed.flatMap((line) => {
      const [name = "", ...dates] = line.split(", ");
      return [name, ...dates.map((date) => name + date)];
    });
    for (const name of modelNames) expect(names).toContain(name);
    const limits = (await lines("models", "gpt-image-1")).join(" ").replaceAll(/ +/g, " ");
    expect(limits).toContain("1024x1024, 1536x1024, 1024x1536");
    expect(limits).not.toContain("…");
    for (const argv of [["--help"], ["edit", "--help"], ["batch", "run", "--help"]]) await lines(...argv);
  });

  it("uses no color with NO_COLOR", async () => {
    const colored = await inTerminal(["edit"], {});
    expect(colored.text).toContain("\u001b[31m");
    expect((await inTerminal(["edit"], { NO_COLOR: "1" })).text).not.toContain("\u001b[31m");
  });
});

describe("in a pipe", () => {
  it("writes plain lines, and color only when forced", async () => {
    const plain = await runCli(["edit"], { cwd: directory.path });
    expect(plain).toMatchObject({ code: 2, stdout: "" });
    expect(plain.stderr).toMatch(/^error: /);
    const forced = await runCli(["edit"], { cwd: directory.path, env: { FORCE_COLOR: "1" } });
    expect(forced.stderr).toContain("\u001b[31m");
  });

  it("models prints prices, and shutdown dates with the replacements", async () => {
    const { stdout } = await runCli(["models", "gpt-image-1.5"], { cwd: directory.path });
    expect(stdout).toMatch(/^price +USD per 1M tokens: text in 5, image in 8, image out 32$/m);
    expect(stdout).toMatch(/^USD, high +1024x1024 0\.133, /m);
    expect(stdout).toMatch(/^ends +2026-12-01 at api\.openai\.com, use gpt-image-2\.6-sunburst or /m);
    const unpriced = await runCli(["models", "flux-kontext-pro"], { cwd: directory.path });
    expect(unpriced.stdout).toMatch(/^price +unknown$/m);
  });

  it("models folds dated snapshots into the rows of their models, and prints each by its name", async () => {
    const { stdout, stderr } = await runCli(["models"], { cwd: directory.path });
    expect(stdout).toMatch(/^gpt-image-1\.5, -2025-12-16 .* 32 +2026-12-01 at api\.openai\.com$/m);
    expect(stdout).not.toMatch(/^gpt-image-1\.5-/m);
    expect(stderr).toContain("A dated snapshot, NAME-DATE, has the limits and the price of NAME");
    const { models } = JSON.parse((await runCli(["models", "--json"], { cwd: directory.path })).stdout);
    expect(models.find(({ name }: { name: string }) => name === "gpt-image-2").snapshots).toEqual([
      "gpt-image-2-2026-04-21",
    ]);
    const own = await runCli(["models", "gpt-image-2-2026-04-21"], { cwd: directory.path });
    expect(own.stdout).toMatch(/^price +USD per 1M tokens: text in 5, image in 8, image out 30$/m);
  });

  it("truncates nothing in a pipe", async () => {
    const { stdout } = await runCli(["models"], { cwd: directory.path });
    expect(stdout).not.toContain("…");
  });
});
