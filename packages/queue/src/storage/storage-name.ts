import path from "node:path";
import { CliError, exitCodes } from "@retouch/cli/journal";
import { refusedName } from "@retouch/client/node";

/**
 * Returns the name of a file in a storage without `.`, `..` and repeated slashes, so that a manifest means the same
 * files in a folder and in a bucket.
 *
 * @throws CliError, exit code 2, for a name that no file inside can have.
 */
export function normalizeName(name: string, storage: string): string {
  const reason = problemOf(name);
  if (reason === undefined) return path.posix.normalize(name);
  throw invalidName(name, storage, reason);
}

/** Creates the error of a name that cannot be in a storage. */
export function invalidName(name: string, storage: string, reason: string, cause?: unknown): CliError {
  return new CliError(
    `${JSON.stringify(name)} cannot be a file in ${storage}: ${reason}. Give a name below it.`,
    { exitCode: exitCodes.usage, code: "invalid_path", cause },
  );
}

function problemOf(name: string): string | undefined {
  // Also a drive or a network share: the workers of one manifest may run on several systems.
  if (path.posix.isAbsolute(name) || /^(?:[a-z]:|\\)/i.test(name)) return "the name is absolute";
  if (/\p{Surrogate}/u.test(name)) return "the name has half a character, which UTF-8 cannot have";
  // A backslash is a letter here and separates folders on Windows.
  for (const { normalize, sep } of [path.posix, path.win32]) {
    const normal = normalize(name);
    if (normal === ".." || normal.startsWith(`..${sep}`)) return "the name leads outside";
  }
  if (/(?:^|\/)\.{0,2}$/.test(name)) return "the name is that of a directory";
  return refusedName(name);
}
