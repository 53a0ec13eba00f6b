import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);
const cli = join(dirname(require.resolve("@redocly/cli/package.json")), "bin", "cli.js");

/** A run of redocly that failed, with what it printed. */
export class RedoclyError extends Error {
  override readonly name = "RedoclyError";
  readonly stdout: string;

  constructor(command: string, stdout: string, stderr: string, cause: Error) {
    super(`redocly ${command} failed.\n${stdout.trim()}\n${stderr.trim()}`, { cause });
    this.stdout = stdout;
  }
}

/**
 * Runs redocly's command line in a directory and returns its output.
 *
 * @throws RedoclyError with its messages when it fails.
 */
export function runRedocly(cwd: string, ...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = {
      ...process.env,
      REDOCLY_TELEMETRY: "off",
      REDOCLY_SUPPRESS_UPDATE_NOTICE: "true",
      NO_COLOR: "1",
      CI: "true",
    };
    execFile(process.execPath, [cli, ...args], { cwd, env, maxBuffer: 64 << 20 }, (cause, stdout, stderr) => {
      if (cause) reject(new RedoclyError(args[0] ?? "", stdout, stderr, cause));
      else resolve(stdout);
    });
  });
}
