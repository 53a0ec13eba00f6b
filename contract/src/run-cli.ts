import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { type Ended, runProcess } from "./run-process.ts";

const manifest = createRequire(import.meta.url).resolve("@retouch/cli/package.json");

/** The built program. */
export const cliPath = join(dirname(manifest), "dist", "bin.js");

/** Runs the built CLI in a folder, with a home and a state folder of its own and none of the caller's settings. */
export function runCli(
  words: readonly string[],
  options: { cwd: string; env?: Readonly<Record<string, string>> },
): Promise<Ended> {
  const { PATH = "", SystemRoot = "" } = process.env;
  const env = { PATH, SystemRoot, HOME: options.cwd, RETOUCH_STATE_DIR: join(options.cwd, ".state") };
  return runProcess(process.execPath, [cliPath, ...words], {
    cwd: options.cwd,
    env: { ...env, ...options.env },
  });
}
