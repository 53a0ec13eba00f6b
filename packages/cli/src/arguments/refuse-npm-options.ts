import { usageError } from "../errors/cli-error.ts";
import type { CommandDefinition } from "./command-definition.ts";

/**
 * Names that an `.npmrc` may set for npm, so that their presence says nothing. Their loss sends nothing more: without
 * `--force`, an existing output still stops the edit.
 */
const ownedByNpm = ["json", "force", "user"];

function isGiven(args: readonly string[], name: string): boolean {
  const dashes = name.length === 1 ? "-" : "--";
  return args.some((arg) => arg.split("=", 1)[0] === dashes + name);
}

/**
 * Refuses to run without options that npm took for itself: of `npm exec retouch batch run m.jsonl --dry-run`, only
 * `batch run m.jsonl` arrives, and the batch would be sent and billed. npm puts what it took into the environment
 * (docs/adr/0010-options-that-node-and-npm-read.md).
 *
 * @throws CliError, exit code 2.
 */
export function refuseNpmOptions(
  { program = "retouch", groups }: CommandDefinition,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): void {
  if (env["npm_command"] === undefined) return;
  for (const { flag, short } of groups.flatMap(({ options }) => options)) {
    // npm stores `--no-x` as a false `x`.
    const positive = flag.replace(/^no-/, "");
    const names = [positive, short].filter((name) => name !== undefined);
    const isTaken = names.some((name) => env[`npm_config_${name.replaceAll("-", "_")}`] !== undefined);
    if (!isTaken || ownedByNpm.includes(flag)) continue;
    if ([...names, flag].some((name) => isGiven(args, name))) continue;
    throw usageError(
      `npm took \`--${flag}\` for itself, so it is missing here. Put \`--\` before the arguments: ` +
        `\`npm exec -- ${program} ...\`, \`npm run SCRIPT -- ...\`.`,
    );
  }
}
