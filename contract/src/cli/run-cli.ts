import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";

const manifest = createRequire(import.meta.url).resolve("@retouch/cli/package.json");

/** The path of the built CLI. */
export const cliPath = path.join(path.dirname(manifest), "dist/bin.js");

/** What a run of the built CLI left. */
export interface CliRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stdoutBytes: Buffer;
  readonly stderr: string;
}

/** How the CLI is run. */
export interface CliOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  /** Is given the process while it runs. */
  readonly during?: (child: ChildProcess) => void;
}

/** Keeps the caller's settings out of a run. */
export function cleanEnvironment(
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const { PATH = "", SystemRoot = "", TMPDIR = "", TEMP = "" } = process.env;
  const system = { PATH, SystemRoot, TMPDIR, TEMP };
  return { ...system, HOME: cwd, RETOUCH_STATE_DIR: `${cwd}/.state`, ...env };
}

/** Runs the built CLI to its end. */
export async function runCli(words: readonly string[], options: CliOptions): Promise<CliRun> {
  const child = spawn(process.execPath, [cliPath, ...words], {
    cwd: options.cwd,
    env: cleanEnvironment(options.cwd, options.env),
    stdio: ["pipe", "pipe", "pipe"],
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
  child.stdin.on("error", () => undefined);
  // Left open without input: a command that waits for stdin nobody asked it to read hangs the test.
  if (options.input !== undefined) child.stdin.end(options.input);
  options.during?.(child);
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  const stdoutBytes = Buffer.concat(out);
  return { code, stdout: stdoutBytes.toString(), stdoutBytes, stderr: Buffer.concat(err).toString() };
}

/** Windows can not send a process a signal to handle: what needs one is tested elsewhere. */
export const hasSignals = process.platform !== "win32";
