import { CliError, exitCodes } from "@retouch/cli/journal";

/** Creates the error of an input that is missing or cannot be read: nothing of its row was sent. */
export function fileUnreadable(name: string, storage: string, why?: string, cause?: unknown): CliError {
  const shown = JSON.stringify(name);
  const options = { exitCode: exitCodes.usage, cause };
  if (why === "ENOENT" || why === "ENOTDIR")
    return new CliError(`${shown} does not exist in ${storage}. Correct the manifest, or add the file.`, {
      ...options,
      code: "file_not_found",
    });
  if (why === "not_a_file")
    return new CliError(`${shown} in ${storage} is not a file. Give the name of an image.`, {
      ...options,
      code: "not_a_file",
    });
  return new CliError(`${shown} in ${storage} cannot be read: ${why}.`, {
    ...options,
    code: "file_unreadable",
  });
}

/** Creates the error of an image whose name is taken by other bytes. What stores an image was billed before. */
export function outputExists(name: string, storage: string): CliError {
  return new CliError(
    `${JSON.stringify(name)} exists in ${storage} with other bytes and was not overwritten. ` +
      "Move it away, or overwrite with `--force`.",
    { exitCode: exitCodes.outputExists, code: "output_exists", outcome: "unknown" },
  );
}

/** Creates the error of an image that could not be stored. */
export function notStored(name: string, storage: string, why: string, cause?: unknown): CliError {
  return new CliError(`${JSON.stringify(name)} could not be stored in ${storage}: ${why}.`, {
    exitCode: exitCodes.notWritten,
    code: "write_failed",
    outcome: "unknown",
    cause,
  });
}
