import { CliError } from "../errors/cli-error.ts";
import { exitCodes } from "../errors/exit-codes.ts";

/** Makes the error of a state folder that refuses what must be written down before anything is sent. */
export function journalNotWritable(file: string, error: unknown): CliError {
  const code = (error as NodeJS.ErrnoException).code ?? "unknown reason";
  return new CliError(
    `The journal can not be written to ${file}: ${code}. Nothing was sent. ` +
      "Make room, or choose another folder with RETOUCH_STATE_DIR.",
    { exitCode: exitCodes.usage, code: "journal_not_writable", cause: error },
  );
}
