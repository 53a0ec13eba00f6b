import { CliError, exitCodes } from "../errors/cli-error.ts";

/** Creates the error of an output that cannot be written. */
export function cannotWrite(what: string, why: string, cause?: unknown): CliError {
  return new CliError(
    `Output cannot be written to ${what}: ${why}. Nothing was sent. Give another path with \`-o\`.`,
    { exitCode: exitCodes.usage, code: "output_not_writable", cause },
  );
}
