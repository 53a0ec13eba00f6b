import { usageError } from "../errors/cli-error.ts";

/**
 * Refuses the options that Node reads from the arguments after the script, wherever Node lets them through. Where it
 * does not, it has applied the file's `NODE_OPTIONS` before our first line runs: none of our options may have such a
 * name (docs/adr/0010-options-that-node-and-npm-read.md).
 *
 * @throws CliError, exit code 2.
 */
export function refuseNodeOptions(args: readonly string[]): void {
  for (const arg of args) {
    if (arg === "--") return;
    const option = /^--env-file(?:-if-exists)?(?==|$)/.exec(arg)?.[0];
    if (option !== undefined) {
      throw usageError(
        `There is no \`${option}\`: Node reads that option itself, and runs code that the file names. ` +
          "Give the file with `--settings`.",
      );
    }
  }
}
