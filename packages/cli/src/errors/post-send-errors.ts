import { isRetouchError } from "@retouch/client/node";
import { CliError, exitCodes } from "./cli-error.ts";
import { errorDetails, type Warning } from "./error-details.ts";

/** Returns the error for an image that could not be saved after the response: the edit was billed, whatever failed. */
export function toSaveError(error: unknown, urls: readonly string[]): unknown {
  if (isInterruption(error)) return withOutcome(error, true);
  const { code = "download_failed", message } = errorDetails(error);
  if (urls.length === 0) return notWritten(`: ${message}`, error);
  return new CliError(`The edit succeeded, but its result could not be downloaded: ${message}`, {
    exitCode: exitCodes.unknown,
    code,
    outcome: "unknown",
    cause: error,
  });
}

/** Returns whether an image that could not be downloaded may come from its URL later: its host is busy, or out of reach. */
export function mayComeLater(error: unknown): boolean {
  if (error instanceof CliError) return mayComeLater(error.cause);
  if (!isRetouchError(error)) return false;
  if (error.code === "result_url_timeout") return true;
  const status = error.params?.["status"];
  return error.code === "result_url_failed" && (typeof status !== "number" || isTemporary(status));
}

/** Returns whether a host that responds with a status may respond with another one later; an expired URL stays expired. */
function isTemporary(status: number): boolean {
  return status >= 500 || status === 429 || status === 408 || status === 425;
}

/** Returns the error of a row that `--retry-unknown` does not send, because its image may come later. */
export function notSentAgain(error: unknown, key: string): CliError {
  const { message, code = "download_failed" } = errorDetails(error);
  return new CliError(
    `${message} The row is not sent again, because its image may come later: run this again, ` +
      `or give up the image with \`retouch recover --dismiss ${key}\`.`,
    { exitCode: exitCodes.unknown, code, outcome: "unknown", cause: error },
  );
}

/** Returns the error for an image that was billed but cannot be decoded. The response is kept; the other images are written. */
export function damagedImageError({ code, message }: Warning): CliError {
  return new CliError(`The edit succeeded, but not every image could be read: ${message}`, {
    exitCode: exitCodes.unknown,
    code,
    outcome: "unknown",
  });
}

/** Returns the error of a saved edit that another process had sent again: the response of that attempt has not arrived. */
export function sentAgainError(id: string): CliError {
  return new CliError(
    `The images of ${id} are saved, but it was sent once more, and that attempt may be billed: its response has not arrived. ` +
      `Look it up at the provider, then forget it with \`retouch recover --dismiss ${id}\`.`,
    { exitCode: exitCodes.unknown, code: "sent_again", outcome: "unknown" },
  );
}

/** Adds the outcome of the edit to the client's write error: the response is kept. */
export function asWriteError(error: unknown): unknown {
  if (!isRetouchError(error) || error.code !== "write_failed") return error;
  const systemCode = error.params?.["systemCode"];
  return notWritten(systemCode === undefined ? "" : ` (${String(systemCode)})`, error);
}

const recoverAdvice =
  "Free some space or choose another path, then run `retouch recover`: nothing is sent again.";

function notWritten(why: string, cause: unknown): CliError {
  return new CliError(`The edit succeeded, but an image could not be written${why}. ${recoverAdvice}`, {
    exitCode: exitCodes.notWritten,
    code: "write_failed",
    outcome: "billed",
    cause,
  });
}

/** Returns the error of an image that could not be written although its response was not stored completely either. */
export function notKeptError(error: unknown): unknown {
  if (!(error instanceof CliError) || error.exitCode !== exitCodes.notWritten) return error;
  const { code, cause } = error;
  // Not "run `retouch recover`": it has nothing to recover.
  const message =
    `${error.message.slice(0, error.message.indexOf(recoverAdvice))}Its response is not stored completely either, so an image may be lost. ` +
    "Free some space before you repeat it, and look it up at the provider: it was billed.";
  return new CliError(message, { exitCode: exitCodes.unknown, code, outcome: "unknown", cause });
}

function isInterruption(error: unknown): error is CliError {
  return error instanceof CliError && error.code === "interrupted";
}

/** Adds an outcome to an error that has none: an edit that was sent may be billed. */
export function withOutcome(error: unknown, mayBeBilled: boolean): unknown {
  if (!mayBeBilled) return error;
  if (isInterruption(error)) {
    return new CliError(
      `${error.message} The edit was sent and may be billed; \`retouch recover --list\` shows it.`,
      { exitCode: error.exitCode, code: error.code, outcome: "unknown", cause: error },
    );
  }
  const { outcome, message } = errorDetails(error);
  if (outcome !== undefined) return error;
  return new CliError(
    `The edit was sent and may be billed, but its response could not be kept: ${message}. ` +
      "Fix that, then run `retouch recover`: nothing is sent again.",
    { exitCode: exitCodes.unknown, code: "response_not_saved", outcome: "unknown", cause: error },
  );
}
