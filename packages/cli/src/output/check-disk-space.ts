import path from "node:path";
import { CliError, exitCodes } from "../errors/cli-error.ts";
import type { System } from "../journal/system.ts";
import { type OutputPattern, outputPath } from "./output-pattern.ts";

type Disk = Pick<System, "files">;

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
