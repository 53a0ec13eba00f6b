import { access, constants, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { configurationError } from "../../errors/configuration-messages.ts";
import type { ImageFilesOptions } from "../options.ts";
import { makeDirectory } from "./durable-file.ts";

/**
 * Checks, before anything is sent, that the response and the images can be written, and creates their directories.
 *
 * @throws {ConfigurationError} (`not-sent`) that names the option and why
 */
export async function checkDirectories(
  responseFile: string | undefined,
  files: ImageFilesOptions | undefined,
): Promise<void> {
  if (responseFile !== undefined) {
    await checkDirectory("responseFile", dirname(resolve(responseFile)));
    const stats = await stat(responseFile).catch(() => undefined);
    if (stats && !stats.isFile()) throw reject("responseFile", "it is not a file");
  }
  if (files) await checkDirectory("directory", resolve(files.directory));
}

async function checkDirectory(option: string, directory: string): Promise<void> {
  try {
    await makeDirectory(directory);
    await access(directory, constants.W_OK);
  } catch (cause) {
    throw reject(option, String((cause as NodeJS.ErrnoException).code), cause);
  }
}

function reject(option: string, why: string, cause?: unknown): Error {
  const detail = `cannot be written (${why}). Nothing was sent. Give a path that can be written.`;
  return configurationError("output_not_writable", { option, detail }, cause);
}
