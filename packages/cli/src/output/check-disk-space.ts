import { statfs } from "node:fs/promises";
import path from "node:path";
import { CliError } from "../errors/cli-error.ts";
import { exitCodes } from "../errors/exit-codes.ts";

/** What an answer of one picture may take on disk: base64 of a large PNG. */
const answerBytesPerPicture = 12 * 1024 * 1024;

/**
 * Finds out before sending whether the disk has room for the raw answers.
 *
 * @throws CliError, exit code 2.
 */
export async function checkRoom(answerFile: string, pictures: number): Promise<void> {
  const folder = path.dirname(answerFile);
  let free: number;
  try {
    const { bavail, bsize } = await statfs(folder);
    free = bavail * bsize;
  } catch {
    // Some file systems do not tell; the journal's first line was written, so it can be written to.
    return;
  }
  const needed = answerBytesPerPicture * pictures;
  if (free >= needed) return;
  throw new CliError(
    `The disk of ${folder} is almost full: ${megabytes(free)} MB are left and an answer may take ${megabytes(needed)} MB. ` +
      "Nothing was sent. Make room, or choose another folder with RETOUCH_STATE_DIR.",
    { exitCode: exitCodes.usage, code: "disk_full" },
  );
}

function megabytes(bytes: number): number {
  return Math.floor(bytes / (1024 * 1024));
}
