import { readdir } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { makeDirectory } from "../src/cli/work-folder.ts";
import { runProcess } from "../src/run-process.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
/** Windows starts `npm.cmd` in a shell alone: there npm's own script is run, which lies beside Node. */
export const npm: readonly [string, ...string[]] =
  process.platform === "win32"
    ? [process.execPath, path.join(path.dirname(process.execPath), "node_modules/npm/bin/npm-cli.js")]
    : ["npm"];
/** The package manager that runs this test names its own script. */
const pnpm = process.env["npm_execpath"] ?? "pnpm";

/** A folder outside of the project, with packages as npm would get them. */
export interface PackedDirectory {
  readonly path: string;
  readonly env: NodeJS.ProcessEnv;
  readonly tarballs: readonly string[];
  /** Runs a program to its end, expects it to succeed, and gives what it wrote. */
  run(command: string, words: readonly string[], cwd?: string): Promise<string>;
  /** Runs `npm install` in the folder. */
  install(words: readonly string[]): Promise<string>;
  remove(): Promise<void>;
}

/** Packs packages into a folder of their own, where they are installed as users do: by npm, out of a tarball. */
export async function packPackages(names: readonly string[]): Promise<PackedDirectory> {
  const directory = await makeDirectory();
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    HOME: directory.path,
    RETOUCH_STATE_DIR: path.join(directory.path, ".state"),
  };
  // npm would read what the package manager that runs this test set up for itself.
  for (const name of Object.keys(env))
    if (/^npm_config_/i.test(name) && !/registry/i.test(name)) delete env[name];
  const run = async (command: string, words: readonly string[], cwd = directory.path): Promise<string> => {
    const ended = await runProcess(command, words, { cwd, env });
    expect(ended.code, `${command} ${words.join(" ")}\n${ended.stderr}${ended.stdout}`).toBe(0);
    return ended.stdout;
  };
  for (const name of names) {
    const words = ["pack", "--pack-destination", directory.path];
    const cwd = path.join(root, "packages", name);
    if (/\.c?js$/.test(pnpm)) await run(process.execPath, [pnpm, ...words], cwd);
    else await run(pnpm, words, cwd);
  }
  const tarballs = (await readdir(directory.path)).filter((name) => name.endsWith(".tgz"));
  expect(tarballs).toHaveLength(names.length);
  return {
    ...directory,
    env,
    tarballs: tarballs.map((name) => path.join(directory.path, name)),
    run,
    install: (words) => run(npm[0], [...npm.slice(1), "install", "--no-audit", "--no-fund", ...words]),
  };
}

/** Finds the directory of the npm that the tests run: npm names its own script to what it starts. */
export async function npmDirectory(env: NodeJS.ProcessEnv): Promise<string> {
  const print = ["exec", "--call", "node --print process.env.npm_execpath"];
  const { code, stdout, stderr } = await runProcess(npm[0], [...npm.slice(1), ...print], { env });
  expect(code, stderr).toBe(0);
  return path.dirname(path.dirname(stdout.trim()));
}
