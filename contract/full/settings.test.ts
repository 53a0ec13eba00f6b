import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeTrap } from "../src/cli/support/settings-trap.ts";
import { drawPhoto } from "../src/cli/support/work-directory.ts";
import { type Ended, runProcess } from "../src/support/run-process.ts";
import { npm, npmDirectory, type PackedDirectory, packPackages } from "./pack-packages.ts";

const isWindows = process.platform === "win32";
const dryRun = ["edit", "photo.png", "-p", "dusk", "--dry-run", "--json"];
let directory: PackedDirectory;
let work: string;
let globalModules: string;

beforeAll(async () => {
  directory = await packPackages(["client", "mock", "cli"]);
  work = path.join(directory.path, "work");
  await mkdir(path.join(directory.path, "prefix"));
  await mkdir(work);
  await writeFile(path.join(work, "package.json"), '{ "name": "work", "private": true }');
  await directory.install(["--global", "--prefix", "prefix", ...directory.tarballs]);
  await directory.run(
    npm[0],
    [...npm.slice(1), "install", "--no-audit", "--no-fund", ...directory.tarballs],
    work,
  );
  globalModules = path.join(directory.path, isWindows ? "prefix" : "prefix/lib", "node_modules");
  await drawPhoto(path.join(work, "photo.png"));
  await writeFile(path.join(work, "my.env"), "RETOUCH_MODEL=acme-9\n");
});
afterAll(() => directory.remove());

/** Runs a program in the working directory and returns its result, even if it fails. */
function run(command: readonly string[], args: readonly string[]): Promise<Ended> {
  const [program = "", ...first] = command;
  // Windows can only start a `.cmd` in a shell.
  const line = isWindows && program.endsWith(".cmd") ? ["cmd.exe", "/d", "/c", program] : [program];
  const [file = "", ...argv] = [...line, ...first, ...args];
  return runProcess(file, argv, { cwd: work, env: directory.env });
}

const bin = (modules: string) => path.join(modules, "@retouch/cli/dist/bin.js");
const shim = (name: string) => (isWindows ? `${name}.cmd` : name);
const ways: readonly [name: string, command: () => readonly string[]][] = [
  ["node bin.js", () => [process.execPath, bin(path.join(work, "node_modules"))]],
  ["the shim of a local install", () => [path.join(work, "node_modules/.bin", shim("retouch"))]],
  [
    "the shim of a global install",
    () => [path.join(directory.path, "prefix", isWindows ? "" : "bin", shim("retouch"))],
  ],
  ["npx @retouch/cli", () => [...npm.slice(0, -1), npx(), "@retouch/cli"]],
  ["npx retouch", () => [...npm.slice(0, -1), npx(), "retouch"]],
  ["npm exec -- retouch", () => [...npm, "exec", "--", "retouch"]],
];

function npx(): string {
  return npm.length === 1 ? "npx" : path.join(path.dirname(npm[1] ?? ""), "npx-cli.js");
}

describe.each(ways)("%s", (_name, command) => {
  it("applies the settings of a file, and receives every option", async () => {
    const ended = await run(command(), [...dryRun, "--settings", "my.env"]);
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining('"acme-9"') });
  });

  it("rejects a file with NODE_OPTIONS by name without running its code", async () => {
    const trap = await writeTrap(work);
    const ended = await run(command(), [...dryRun, "--settings", trap.file]);
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining("`NODE_OPTIONS`") });
    expect(await readdir(work)).not.toContain(trap.mark);
  });

  it("names a missing file, and rejects --env-file with a hint", async () => {
    const missing = await run(command(), [...dryRun, "--settings", "nope.env"]);
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining("no such file") });
    const old = await run(command(), [...dryRun, "--env-file", "my.env"]);
    expect(old).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("Give the file with `--settings`."),
    });
  });
});

describe("npm exec and npm run without --", () => {
  it("rejects the call when npm consumed an option that saves money", async () => {
    await writeFile(
      path.join(work, "package.json"),
      '{ "name": "work", "private": true, "scripts": { "dust": "retouch batch run m.jsonl" } }',
    );
    await writeFile(path.join(work, "m.jsonl"), '{"image":"photo.png","prompt":"x","model":"acme-9"}\n');
    for (const line of [
      ["exec", "retouch", "batch", "run", "m.jsonl", "--dry-run"],
      ["run", "dust", "--dry-run"],
    ]) {
      const taken = await run(npm, line);
      expect(taken).toMatchObject({ code: 2, stderr: expect.stringContaining("npm took `--dry-run`") });
    }
    const passed = await run(npm, ["run", "dust", "--", "--dry-run"]);
    expect(passed.code, passed.stderr).toBe(0);
  });
});

it("passes our arguments after the script in npm's shim for Windows, as `node bin.js` does", async () => {
  const shim = path.join(directory.path, "prefix", "retouch");
  // Elsewhere, npm does not write it: the package that npm uses for it does.
  if (!isWindows) {
    const writer = path.join(await npmDirectory(directory.env), "node_modules/cmd-shim");
    const writeShim: (from: string, to: string) => Promise<void> = createRequire(import.meta.url)(writer);
    await writeShim(bin(globalModules), shim);
  }
  const lines = (await readFile(`${shim}.cmd`, "utf8")).split(/\r?\n/);
  const start = lines.filter((line) => line.includes("bin.js"));
  expect(start).toHaveLength(1);
  expect(start[0]).toMatch(/"%_prog%" +"%dp0%\\(?:lib\\)?node_modules\\@retouch\\cli\\dist\\bin\.js" %\*$/);
});
