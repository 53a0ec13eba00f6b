import path from "node:path";
import { CliError, exitCodes } from "../../errors/cli-error.ts";
import { errorCode, isDenied } from "../system.ts";

/** Creates the error of an edit that was sent before and may be billed. */
export function unresolvedEdit(id: string): CliError {
  return new CliError(
    `The same edit was sent before and may be billed: ${id}. Nothing was sent. ` +
      `Finish it with \`retouch recover ${id}\`, resend it with \`--retry-unknown\` if you accept paying twice, ` +
      `or forget it with \`retouch recover --dismiss ${id}\`.`,
    { exitCode: exitCodes.usage, code: "unresolved_edit" },
  );
}

/** Creates the error of a row that another process is sending. */
export function inFlight(): CliError {
  return new CliError("Another process is sending this row. It was not sent again.", {
    exitCode: exitCodes.usage,
    code: "in_flight",
  });
}

/** Creates the error of an edit whose claim another process has taken. */
export function takenOver(): CliError {
  return new CliError(
    "Another process took this edit over, because this one showed no sign of life. It was not sent again.",
    { exitCode: exitCodes.usage, code: "in_flight" },
  );
}

/** Creates the error of a claim that cannot be written before sending. */
export function claimNotWritable(file: string, error: unknown): CliError {
  // A claim beside a manifest is for everyone who runs it: another state folder would not do.
  const advice = isDenied(error)
    ? "Give yourself write access to that folder and those in it."
    : "Free some space, or choose another folder with RETOUCH_STATE_DIR.";
  return new CliError(
    `The claim of this edit cannot be written to ${path.dirname(file)}: ${errorCode(error) ?? String(error)}. ` +
      `Nothing was sent. ${advice}`,
    { exitCode: exitCodes.usage, code: "journal_not_writable", cause: error },
  );
}
