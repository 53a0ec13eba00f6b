import path from "node:path";
import { refusedName } from "@retouch/client/node";
import { CliError, exitCodes } from "../errors/cli-error.ts";
import type { FileOwner } from "../journal/find-owner.ts";
import type { Files, System } from "../journal/system.ts";
import { imageExtensions, type OutputPattern, outputPath, possiblePaths } from "./output-pattern.ts";

/** Codes of a file system that cannot have a name. */
const namesRefused: readonly string[] = ["EINVAL", "EILSEQ", "ENAMETOOLONG", "ERR_INVALID_ARG_VALUE"];

type Disk = Pick<System, "files">;

/** Finds existing files that a pattern could overwrite, in any image format. */
export async function existingOutputs(
  pattern: OutputPattern,
  count: number,
  { files }: Disk,
): Promise<string[]> {
  const found = await Promise.all(
    possiblePaths(pattern, count).map(async (file) => {
      try {
        return files.lstatSync(file, { throwIfNoEntry: false }) === undefined ? [] : [file];
      } catch (error) {
        const { code = "unknown reason" } = error as NodeJS.ErrnoException;
        if (namesRefused.includes(code))
          throw code === "ENAMETOOLONG"
            ? tooLongError(file)
            : cannotWrite(file, `the file system refuses the name (${code})`);
        // Missing, or in an unreadable directory, which the write probe reports.
        return [];
      }
    }),
  );
  return found.flat();
}

/** Counts the outputs that exist, given their paths without extension. */
export type CountOutputs = (outputs: readonly string[], askedExtension?: string) => number;

/** Creates a counter of existing outputs. Synchronous, because a manifest has thousands of them. */
export function createOutputCounter({ files }: Disk): CountOutputs {
  // Of a directory that does not exist, which is usual before the first run, no file is looked up.
  const last = { directory: "", isThere: false };
  const exists = (name: string, askedExtension: string) => {
    const directory = path.dirname(name);
    if (directory !== last.directory) Object.assign(last, { directory, isThere: isThere(directory, files) });
    if (!last.isThere) return false;
    return [askedExtension, ...imageExtensions].some((extension) => isThere(name + extension, files));
  };
  return (outputs, askedExtension = "png") => outputs.filter((name) => exists(name, askedExtension)).length;
}

function isThere(file: string, files: Files): boolean {
  try {
    return files.lstatSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch {
    // In an unreadable directory, which the write probe reports.
    return false;
  }
}

/**
 * Throws if a file exists, for commands that send nothing.
 *
 * @throws CliError, exit code 10.
 */
export async function refuseExistingFile(file: string, { files }: Disk): Promise<void> {
  if (!isThere(file, files)) return;
  throw new CliError(`Output exists: ${file}. Give another \`-o\`, or overwrite with \`--force\`.`, {
    exitCode: exitCodes.outputExists,
    code: "output_exists",
  });
}

/**
 * Creates the error of an output that already exists. `--force` is not advised for a file of an edit that failed after it
 * was billed: overwriting it pays for it again.
 */
export function outputExists(files: readonly string[], owner?: FileOwner, mayBeMore = false): CliError {
  const [first] = files;
  const more = files.length > 1 ? ` (and ${mayBeMore ? "at least " : ""}${files.length - 1} more)` : "";
  const advice =
    owner === undefined
      ? "Give another `-o`, overwrite with `--force`, or skip it with `--skip-existing`. " +
        "(The extension follows the format of the result, so every image extension counts.)"
      : owner === "rescued"
        ? "It is the image of an edit whose response was broken: it may be billed, so use the image. To edit again, give another `-o`."
        : "An edit that may be billed wrote it and was not finished: run `retouch recover`, which sends nothing.";
  return new CliError(`Output exists: ${first}${more}. Nothing was sent. ${advice}`, {
    exitCode: exitCodes.outputExists,
    code: "output_exists",
  });
}

/**
 * Creates the directories of a pattern and checks, before anything is billed, that its files can be written.
 *
 * @throws CliError, exit code 2.
 */
export async function checkWritable(
  pattern: OutputPattern,
  count: number,
  force: boolean,
  disk: Disk,
): Promise<void> {
  await probeOutputDirectories(pattern, count, disk);
  if (force) await refuseDirectories(pattern, count, disk);
}

/**
 * Creates directories and writes a probe file into each.
 *
 * @throws CliError, exit code 2.
 */
export async function probeDirectories(directories: Iterable<string>, disk: Disk): Promise<void> {
  for (const directory of directories) await probeDirectory(directory, disk);
}

/**
 * Throws if no file can have the names of a pattern. Its number and extension, which are not known yet, are harmless.
 *
 * @throws CliError, exit code 2.
 */
export function refuseName(pattern: OutputPattern): void {
  const file = outputPath(pattern, { index: 0, count: 1, extension: "png" });
  const reason = refusedName(file);
  if (reason !== undefined) throw cannotWrite(JSON.stringify(file), reason);
}

/**
 * Creates the directories of a pattern and writes a probe file into each, so that a write failure is found before
 * anything is billed.
 *
 * @throws CliError, exit code 2.
 */
async function probeOutputDirectories(pattern: OutputPattern, count: number, disk: Disk): Promise<void> {
  const directories = new Set(possiblePaths(pattern, count).map((file) => path.dirname(file)));
  for (const directory of directories) await probeDirectory(directory, disk);
  for (const file of possiblePaths(pattern, count)) refuseLongName(file, disk);
}

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
function refuseLongName(file: string, { files }: Disk): void {
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

function tooLongError(file: string): CliError {
  const length = nameLength(file);
  if (length <= maxNameLength)
    return cannotWrite(file, "the name or the path is too long for this file system (ENAMETOOLONG)");
  const unit = process.platform === "win32" ? "characters" : "bytes";
  return cannotWrite(
    file,
    `the name is too long: with a number it has ${length} ${unit}, and file systems accept ${maxNameLength}`,
  );
}

/**
 * Throws if an output path is a directory: `--force` overwrites only files.
 *
 * @throws CliError, exit code 2.
 */
export async function refuseDirectories(pattern: OutputPattern, count: number, disk: Disk): Promise<void> {
  for (const file of await existingOutputs(pattern, count, disk)) {
    if (disk.files.lstatSync(file, { throwIfNoEntry: false })?.isDirectory())
      throw cannotWrite(file, "a directory has that name");
  }
}

const probed = new WeakMap<Files, Set<string>>();

async function probeDirectory(directory: string, { files }: Disk): Promise<void> {
  const known = probed.get(files) ?? new Set();
  probed.set(files, known);
  if (known.has(directory)) return;
  const probe = path.join(directory, files.temporaryName());
  try {
    await files.makeDirectory(directory);
    const handle = await files.open(probe, "wx");
    try {
      await handle.write(Buffer.alloc(512));
      await handle.sync();
    } finally {
      await handle.close();
      await files.rm(probe, { force: true });
    }
    known.add(directory);
  } catch (error) {
    throw cannotWrite(directory, (error as NodeJS.ErrnoException).code ?? "unknown reason", error);
  }
}

function cannotWrite(what: string, why: string, cause?: unknown): CliError {
  return new CliError(
    `Output cannot be written to ${what}: ${why}. Nothing was sent. Give another path with \`-o\`.`,
    { exitCode: exitCodes.usage, code: "output_not_writable", cause },
  );
}

/** Disk space for the response of one image: base64 of a large PNG. */
const responseBytesPerImage = 12 * 1024 * 1024;
/** Disk space for one image: a PNG of 2048 x 1024 pixels that does not compress. */
const outputBytesPerImage = 6 * 1024 * 1024;

/**
 * Checks before sending that there is free space for the raw responses, and where the images go. `inFlight` edits need
 * theirs at the same time.
 *
 * @throws CliError, exit code 2.
 */
export async function checkDiskSpace(
  responseFile: string,
  { output, count }: { readonly output: OutputPattern | undefined; readonly count: number },
  inFlight: number,
  disk: Disk,
): Promise<void> {
  const images = count * inFlight;
  await checkFree(
    path.dirname(responseFile),
    responseBytesPerImage * images,
    "a response",
    "RETOUCH_STATE_DIR",
    disk,
  );
  if (output === undefined) return;
  const target = path.dirname(outputPath(output, { index: 0, count, extension: "png" }));
  await checkFree(target, outputBytesPerImage * images, "an image", "`-o` or `--out-dir`", disk);
}

async function checkFree(
  directory: string,
  needed: number,
  what: string,
  setting: string,
  { files }: Disk,
): Promise<void> {
  let free: number;
  try {
    const { bavail, bsize } = await files.statfs(directory);
    free = bavail * bsize;
  } catch {
    // Some file systems do not report it. The directory was probed, so it can be written.
    return;
  }
  if (free >= needed) return;
  throw new CliError(
    `The disk of ${directory} is almost full: ${megabytes(free)} MB are free and ${what} may need ${megabytes(needed)} MB. ` +
      `Nothing was sent. Free some space, or choose another directory with ${setting}.`,
    { exitCode: exitCodes.usage, code: "disk_full" },
  );
}

function megabytes(bytes: number): number {
  return Math.floor(bytes / (1024 * 1024));
}
