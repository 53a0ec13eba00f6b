import { CliError, exitCodes } from "../errors/cli-error.ts";
import { errorCode, isDenied } from "./system.ts";

/** Creates the error of a record that is there and cannot be read: without it, what was billed could be sent again. */
export function unreadableState(file: string, error: unknown): CliError {
  return new CliError(
    `${file} cannot be read (${errorCode(error) ?? "unknown error"}). ${adviceFor(error)}`,
    {
      exitCode: exitCodes.usage,
      code: "bad_journal",
      cause: error,
    },
  );
}

/** Says what to do about a record that the system cannot read. Moving it away would make what was billed be sent again. */
export function adviceFor(error: unknown): string {
  return isDenied(error) ? "Give yourself read access to it." : "Check the disk that it is on.";
}
