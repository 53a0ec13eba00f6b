import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);
const cli = join(dirname(require.resolve("@redocly/cli/package.json")), "bin", "cli.js");

/** Runs redocly's command line in a directory and returns its output; rejects with its messages when it fails. */
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
      if (!cause) return resolve(stdout);
      reject(new Error(`redocly ${args[0]} failed.\n${stdout.trim()}\n${stderr.trim()}`, { cause }));
    });
  });
}
