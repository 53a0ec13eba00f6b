import path from "node:path";
import type { CliError } from "../errors/cli-error.ts";
import type { System } from "../journal/system.ts";
import { cannotWrite } from "./cannot-write.ts";
import { imageExtensions } from "./output-pattern.ts";

type Disk = Pick<System, "files">;

/** The longest name of the common file systems: bytes, or UTF-16 units on Windows. */
const maxNameLength = 255;

const [longestExtension = ""] = imageExtensions.toSorted((a, b) => b.length - a.length);

/** Throws if an output cannot be created because of its length, given its path without extension; see {@link refuseLongName}. */
export function refuseLongOutput(output: string, disk: Disk): void {
  refuseLongName(`${output}.${longestExtension}`, disk);
}

/** No file system has a limit below this, of names or of paths, in bytes. */
const harmlessLength = 100;

/**
 * Throws if a file cannot be created because of its length. Some file systems accept less than most, such as an encrypted
 * directory, and a path has a limit of its own: they are asked. Synchronous, because a manifest has thousands of files.
 *
 * @throws CliError, exit code 2.
 */
export function refuseLongName(file: string, { files }: Disk): void {
  if (nameLength(file) > maxNameLength) throw tooLongError(file);
  if (Buffer.byteLength(file) < harmlessLength) return;
  try {
    files.lstatSync(numbered(file), { throwIfNoEntry: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENAMETOOLONG") throw tooLongError(file);
  }
}

/** Returns a path as it is when its name is taken by the time the image arrives. */
function numbered(file: string): string {
  const { dir, name, ext } = path.parse(file);
  return path.join(dir, `${name}~99${ext}`);
}

/** Returns the length of a file's name with a number. A CJK letter has three bytes. */
function nameLength(file: string): number {
  const name = path.basename(numbered(file));
  return process.platform === "win32" ? name.length : Buffer.byteLength(name);
}

export function tooLongError(file: string): CliError {
  const length = nameLength(file);
  if (length <= maxNameLength)
    return cannotWrite(file, "the name or the path is too long for this file system (ENAMETOOLONG)");
  const unit = process.platform === "win32" ? "characters" : "bytes";
  return cannotWrite(
    file,
    `the name is too long: with a number it has ${length} ${unit}, and file systems accept ${maxNameLength}`,
  );
}
