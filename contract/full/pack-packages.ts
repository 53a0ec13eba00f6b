import { readdir } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { makeDirectory } from "../src/cli/support/work-directory.ts";
import { runProcess } from "../src/support/run-process.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
/** Windows can only start `npm.cmd` in a shell, so this runs npm's script, which is stored next to Node. */
export const npm: readonly [string, ...string[]] =
  process.platform === "win32"
    ? [process.execPath, path.join(path.dirname(process.execPath), "node_modules/npm/bin/npm-cli.js")]
    : ["npm"];
/** The package manager that runs this test sets the path of its script. */
const pnpm = process.env["npm_execpath"] ?? "pnpm";

/** A directory outside the project, with packages as npm would receive them. */
export interface PackedDirectory {
  readonly path: string;
  readonly env: NodeJS.ProcessEnv;
  readonly tarballs: readonly string[];
  /** Runs a program, expects it to succeed, and returns its output. */
  run(command: string, argv: readonly string[], cwd?: string): Promise<string>;
  /** Runs `npm install` in the directory. */
  install(argv: readonly string[]): Promise<string>;
  remove(): Promise<void>;
}

/** Packs packages into a temporary directory and installs them as users do: by npm, from a tarball. */
export async function packPackages(names: readonly string[]): Promise<PackedDirectory> {
  const directory = await makeDirectory();
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    HOME: directory.path,
    RETOUCH_STATE_DIR: path.join(directory.path, ".state"),
  };
  // npm would read the variables of the package manager that runs this test.
  for (const name of Object.keys(env))
    if (/^npm_config_/i.test(name) && !/registry/i.test(name)) delete env[name];
  const run = async (command: string, argv: readonly string[], cwd = directory.path): Promise<string> => {
    const ended = await runProcess(command, argv, { cwd, env });
    expect(ended.code, `${command} ${argv.join(" ")}\n${ended.stderr}${ended.stdout}`).toBe(0);
    return ended.stdout;
  };
  for (const name of names) {
    const argv = ["pack", "--pack-destination", directory.path];
    const cwd = path.join(root, "packages", name);
    if (/\.c?js$/.test(pnpm)) await run(process.execPath, [pnpm, ...argv], cwd);
    else await run(pnpm, argv, cwd);
  }
  const tarballs = (await readdir(directory.path)).filter((name) => name.endsWith(".tgz"));
  expect(tarballs).toHaveLength(names.length);
  return {
    ...directory,
    env,
    tarballs: tarballs.map((name) => path.join(directory.path, name)),
    run,
    install: (argv) => run(npm[0], [...npm.slice(1), "install", "--no-audit", "--no-fund", ...argv]),
  };
}

/** Finds the directory of the npm that the tests run: npm passes the path of its script to child processes. */
export async function npmDirectory(env: NodeJS.ProcessEnv): Promise<string> {
  const print = ["exec", "--call", "node --print process.env.npm_execpath"];
  const { code, stdout, stderr } = await runProcess(npm[0], [...npm.slice(1), ...print], { env });
  expect(code, stderr).toBe(0);
  return path.dirname(path.dirname(stdout.trim()));
}
