import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL(".", import.meta.url));
const cli = fileURLToPath(new URL("../node_modules/@retouch/cli/dist/bin.js", import.meta.url));
const reporter = fileURLToPath(new URL("./report-cpu.cjs", import.meta.url));

/** What a fresh process does, by name: each is compared with a process that does nothing. */
export const startUps: Record<string, readonly string[]> = {
  "an empty process": ["--input-type=module", "-e", ""],
  "import `openai`": ["--input-type=module", "-e", 'import "openai"'],
  "import `ai` and its provider": [
    "--input-type=module",
    "-e",
    'import "ai"; import "@ai-sdk/openai-compatible"',
  ],
  "import `openapi-fetch`": ["--input-type=module", "-e", 'import "openapi-fetch"'],
  "import `@retouch/client`": ["--input-type=module", "-e", 'import "@retouch/client"'],
  "import `@retouch/client/node`": ["--input-type=module", "-e", 'import "@retouch/client/node"'],
  "`retouch --help`": [cli, "--help"],
  "`retouch edit --help`": [cli, "edit", "--help"],
};

/** Runs a fresh process to its end and gives back the CPU time that it took, in milliseconds. */
export function cpuOfProcess(args: readonly string[]): number {
  // NODE_EXTRA_CA_CERTS adds 100 ms to a start and has nothing to do with what is measured.
  const { NODE_EXTRA_CA_CERTS, ...env } = process.env;
  const { status, output } = spawnSync(process.execPath, ["--require", reporter, ...args], {
    cwd: folder,
    env,
    stdio: ["ignore", "ignore", "inherit", "pipe"],
  });
  if (status !== 0) throw new Error(`\`node ${args.join(" ")}\` ended with ${status}.`);
  return Number(String(output[3]));
}
