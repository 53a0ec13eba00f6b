import { execFile } from "node:child_process";
import { constants, open, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { type MockServer, startMockServer } from "@retouch/mock/server";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { nodeBinary } from "../runtimes/runtime-binaries.ts";
import { runProcess } from "../support/run-process.ts";
import { hasSignals, runCli } from "./support/run-cli.ts";
import { writeTrap } from "./support/settings-trap.ts";
import { useWorkDirectory } from "./support/work-directory.ts";

const directory = useWorkDirectory();
const at = (name: string) => path.join(directory.path, name);
const dryRun = ["edit", "photo.png", "-p", "dusk", "--dry-run", "--json"];
const run = (...args: string[]) => runCli(args, { cwd: directory.path });

describe("--settings", () => {
  it("sets values that are missing from the environment", async () => {
    await writeFile(at("my.env"), "RETOUCH_MODEL=acme-9\n");
    expect((await run(...dryRun)).code).toBe(2);
    const ended = await run(...dryRun, "--settings", "my.env");
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining("acme-9") });
    const env = { RETOUCH_MODEL: "acme-8" };
    const own = await runCli([...dryRun, "--settings=my.env"], { cwd: directory.path, env });
    expect(own.stdout).toContain("acme-8");
  });

  it("rejects a file with NODE_OPTIONS by name, without running its code", async () => {
    const trap = await writeTrap(directory.path);
    for (const args of [["--settings", trap.file], [`--settings=${trap.file}`]]) {
      const ended = await run(...dryRun, ...args);
      expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining("`NODE_OPTIONS`") });
    }
    expect(await readdir(directory.path)).not.toContain(trap.mark);
  });

  it("names a file that does not exist, in JSON too", async () => {
    const ended = await run(...dryRun, "--settings", "nope.env");
    const message = "`--settings nope.env` cannot be read: no such file. Give an existing file.";
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
    expect(JSON.parse(ended.stdout)).toMatchObject({ error: { code: "usage", message } });
  });
});

describe.runIf(hasSignals)("a device or a named pipe", () => {
  it.each([
    ["photo.png", "-p", "x", "--settings", "pipe"],
    ["photo.png", "-p", "x", "--settings", "/dev/zero"],
    ["photo.png", "--prompt-file", "pipe"],
    ["photo.png", "-p", "x", "--mask", "pipe", "--crop", "--paste-back"],
    ["pipe", "-p", "x", "--mask-alpha"],
  ])("is refused at once: edit %s %s %s %s", async (...args) => {
    const pipe = at("pipe");
    await promisify(execFile)("/usr/bin/mkfifo", [pipe]);
    const ended = await run("edit", ...args, "-m", "gpt-image-1", "--dry-run");
    // Nothing waits for a writer in the next test.
    await (await open(pipe, constants.O_RDWR | constants.O_NONBLOCK)).close();
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringMatching(/is a (?:device|named pipe)/) });
  });

  it("is not what a shell passes as `<(command)`", async () => {
    const line = `"$0" "$@" --settings <(echo RETOUCH_MODEL=acme-9) --prompt-file <(echo dusk)`;
    const cli = ["edit", "photo.png", "--dry-run", "--json"];
    const ended = await runCli(cli, { cwd: directory.path, within: ["bash", "-c", line] });
    expect(ended).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/acme-9[\s\S]*dusk|dusk[\s\S]*acme-9/),
    });
  });
});

describe("--env-file", () => {
  it.each([["--env-file", "my.env"], ["--env-file=my.env"], ["--env-file-if-exists", "my.env"]])(
    "%s is refused where Node lets it through, with a hint",
    async (...args) => {
      await writeFile(at("my.env"), "RETOUCH_MODEL=acme-9\n");
      for (const line of [
        [...dryRun, ...args],
        [...args, ...dryRun],
      ]) {
        expect(await run(...line)).toMatchObject({
          code: 2,
          stderr: expect.stringContaining("Give the file with `--settings`."),
        });
      }
    },
  );
});

describe.each([20, 22, 24, 26])("Node %i", (major) => {
  it("consumes none of our options from the arguments after the script", async () => {
    const { stdout: completion } = await run("completion", "bash");
    const options = [...new Set(completion.match(/(?<=[ '])--?[a-z][a-z-]*(?=[ '])/g))];
    expect(options).toEqual(expect.arrayContaining(["--settings", "--mask-rect", "--size", "--help", "-p"]));
    const trap = await writeTrap(directory.path);
    await writeFile(at("print.cjs"), "process.stdout.write(JSON.stringify(process.argv.slice(2)))");
    const args = options.flatMap((option) => [option, trap.file, `${option}=${trap.file}`]);
    const ended = await runProcess(nodeBinary(major), ["print.cjs", ...args], { cwd: directory.path });
    expect(ended).toEqual({ code: 0, stdout: JSON.stringify(args), stderr: "" });
    expect(await readdir(directory.path)).not.toContain(trap.mark);
  });
});

describe("an option that npm consumed", () => {
  let mock: MockServer;
  beforeAll(async () => {
    mock = await startMockServer({ render: "drawn" });
  });
  afterEach(() => mock.reset());
  afterAll(() => mock.close());

  it("rejects an option that npm consumed before anything is sent", async () => {
    await writeFile(at("m.jsonl"), JSON.stringify({ image: "photo.png", prompt: "x", model: "acme-9" }));
    const env = { RETOUCH_API_KEY: "sk-test-0123456789", RETOUCH_BASE_URL: mock.url };
    // The arguments that remain of `npm exec retouch batch run m.jsonl --dry-run`.
    const npm = { npm_command: "exec", npm_config_dry_run: "true" };
    const taken = await runCli(["batch", "run", "m.jsonl"], { cwd: directory.path, env: { ...env, ...npm } });
    expect(taken).toMatchObject({ code: 2, stderr: expect.stringContaining("npm took `--dry-run`") });
    expect(mock.requests).toEqual([]);
    const passed = await runCli(["batch", "run", "m.jsonl"], { cwd: directory.path, env });
    expect(passed.code).toBe(0);
    expect(mock.requests).toHaveLength(1);
  });
});
