import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";

const manifest = createRequire(import.meta.url).resolve("@retouch/cli/package.json");

/** The path of the built CLI. */
export const cliPath = path.join(path.dirname(manifest), "dist/bin.js");

/** The result of a run of the built CLI. */
export interface CliRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stdoutBytes: Buffer;
  readonly stderr: string;
}

/** Options of a CLI run. */
export interface CliOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  /** A command that runs the CLI, such as `unshare`. */
  readonly within?: readonly string[];
  /** Called with the process while it runs. */
  readonly during?: (child: ChildProcess) => void;
}

/** Returns the environment without the caller's settings. */
export function cleanEnvironment(
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const { PATH = "", SystemRoot = "", TMPDIR = "", TEMP = "" } = process.env;
  const system = { PATH, SystemRoot, TMPDIR, TEMP };
  return { ...system, HOME: cwd, RETOUCH_STATE_DIR: `${cwd}/.state`, ...env };
}

/** Runs the built CLI until it ends. */
export async function runCli(argv: readonly string[], options: CliOptions): Promise<CliRun> {
  const [command = "", ...args] = [...(options.within ?? []), process.execPath, cliPath, ...argv];
  // Compiled once for all runs, unless a limit of the surroundings applies to files.
  const { NODE_COMPILE_CACHE } = options.within ? {} : process.env;
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...cleanEnvironment(options.cwd, options.env), ...(NODE_COMPILE_CACHE && { NODE_COMPILE_CACHE }) },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
  child.stdin.on("error", () => undefined);
  // Stays open without input: a command that reads stdin unexpectedly hangs the test.
  if (options.input !== undefined) child.stdin.end(options.input);
  options.during?.(child);
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  const stdoutBytes = Buffer.concat(out);
  return { code, stdout: stdoutBytes.toString(), stdoutBytes, stderr: Buffer.concat(err).toString() };
}

/** Windows cannot send a process a signal that it can handle: such tests run on other systems. */
export const hasSignals = process.platform !== "win32";
