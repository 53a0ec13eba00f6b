import { existsSync } from "node:fs";
import path from "node:path";
import { decodeDataUri, isBase64Image, isDataUri } from "@retouch/client/node";
import { usageError } from "../errors/cli-error.ts";

/** A value that names a file: its absolute path, or the bytes of a `data:` URI. */
export type FileValue = string | Uint8Array<ArrayBuffer>;

/**
 * Reads a value that names a file relative to `directory`, or is a `data:` URI.
 *
 * @throws CliError, exit code 2, for an invalid `data:` URI, and for base64 text without one.
 */
export function readFileValue(text: string, directory: string): FileValue {
  if (isDataUri(text)) {
    const bytes = decodeDataUri(text);
    if (bytes !== undefined) return bytes;
    throw usageError("A `data:` URI is not valid. Write `data:image/png;base64,` and valid base64.");
  }
  const file = path.resolve(directory, text);
  if (!isBase64Image(text) || existsSync(file)) return file;
  throw usageError(
    `\`${shortText(text)}\` is the base64 text of an image, not a path. Put \`data:image/png;base64,\` before it, or give a file.`,
  );
}

/** Returns text as a message quotes it: as long as a file name may be, or its start. */
export function shortText(text: string): string {
  return text.length <= 255 ? text : `${text.slice(0, 40)}...`;
}
