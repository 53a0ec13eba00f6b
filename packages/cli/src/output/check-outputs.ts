import path from "node:path";
import { refusedName } from "@retouch/client/node";
import { CliError, exitCodes } from "../errors/cli-error.ts";
import type { FileOwner } from "../journal/find-owner.ts";
import type { Files, System } from "../journal/system.ts";
import { cannotWrite } from "./cannot-write.ts";
import { imageExtensions, type OutputPattern, outputPath, possiblePaths } from "./output-pattern.ts";
import { refuseLongName, tooLongError } from "./refuse-long-name.ts";

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
