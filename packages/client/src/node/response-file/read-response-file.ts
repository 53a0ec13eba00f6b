import { throwImportError } from "../../errors/import-error.ts";
import { nodeFiles } from "../files/durable-file.ts";
import type { FileEditResult, ResponseFileOptions } from "../options.ts";
import type { Surroundings } from "../surroundings.ts";

/**
 * Reads a response that `responseFile` stored, as `edit` would, or as `editToFiles` with a `directory`. Sends nothing.
 *
 * @throws {InvalidResponseError} (`unknown`) if it contains no readable image
 * @example
 * const { images } = await readResponseFile("response.json");
 */
export async function readResponseFile(
  path: string,
  options: ResponseFileOptions = {},
  surroundings: Surroundings = { files: nodeFiles },
): Promise<FileEditResult> {
  // Loaded late: a client that only edits does not need it.
  const { readStoredResponse } = await import("./read-stored-response.ts").catch(throwImportError);
  return readStoredResponse(path, options, surroundings);
}
