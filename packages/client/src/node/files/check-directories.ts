import { constants } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { configurationError } from "../../errors/configuration-messages.ts";
import type { ImageFilesOptions } from "../options.ts";
import type { ClientFiles } from "../surroundings.ts";

/**
 * Checks, before anything is sent, that the response and the images can be written, and creates their directories.
 *
 * @throws {ConfigurationError} (`not-sent`) that names the option and why
 */
export async function checkDirectories(
  responseFile: string | undefined,
  images: ImageFilesOptions | undefined,
  files: ClientFiles,
): Promise<void> {
  if (responseFile !== undefined) {
    await checkDirectory("responseFile", dirname(resolve(responseFile)), files);
    const stats = await files.stat(responseFile).catch(() => undefined);
    if (stats && !stats.isFile()) throw reject("responseFile", "it is not a file");
  }
  if (images) await checkDirectory("directory", resolve(images.directory), files);
}

async function checkDirectory(option: string, directory: string, files: ClientFiles): Promise<void> {
  try {
    await files.makeDirectory(directory);
    await files.access(directory, constants.W_OK);
  } catch (cause) {
    throw reject(option, String((cause as NodeJS.ErrnoException).code), cause);
  }
}

function reject(option: string, why: string, cause?: unknown): Error {
  const detail = `cannot be written (${why}). Nothing was sent. Give a path that can be written.`;
  return configurationError("output_not_writable", { option, detail }, cause);
}
