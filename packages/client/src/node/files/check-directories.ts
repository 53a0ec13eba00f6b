import { access, constants, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { ConfigurationError } from "../../errors/errors.ts";
import type { PictureFilesOptions } from "../options.ts";
import { makeFolder } from "./durable-file.ts";

/**
 * Finds out, before anything is sent, whether there is a place for what will come back, and makes its folders.
 *
 * @throws {ConfigurationError} (`not-sent`) that names the option and why
 */
export async function checkFolders(
  answerFile: string | undefined,
  files: PictureFilesOptions | undefined,
): Promise<void> {
  if (answerFile !== undefined) {
    await checkFolder("answerFile", dirname(resolve(answerFile)));
    const stats = await stat(answerFile).catch(() => undefined);
    if (stats && !stats.isFile()) throw refuse("answerFile", "it is no file");
  }
  if (files) await checkFolder("directory", resolve(files.directory));
}

async function checkFolder(option: string, folder: string): Promise<void> {
  try {
    await makeFolder(folder);
    await access(folder, constants.W_OK);
  } catch (cause) {
    throw refuse(option, String((cause as NodeJS.ErrnoException).code), cause);
  }
}

function refuse(option: string, why: string, cause?: unknown): ConfigurationError {
  return new ConfigurationError(
    `\`${option}\` can not be written (${why}). Nothing was sent. Give a place that can be written.`,
    { code: "output_unwritable", cause },
  );
}
