import { refuseTilde, usageError } from "@retouch/cli/journal";
import { folderStorage } from "./folder-storage.ts";
import type { S3StorageOptions } from "./s3-client.ts";
import { s3Storage } from "./s3-storage.ts";
import type { Storage } from "./storage.ts";

/**
 * Creates the storage of `--storage`: a folder, or a bucket as `s3://bucket/prefix`.
 *
 * @throws CliError, exit code 2, for another URL.
 */
export function parseStorage(text: string, options?: S3StorageOptions): Storage {
  if (/^s3:/i.test(text)) return s3Storage(text, options);
  const [, scheme] = /^([a-z][a-z0-9+.-]+):\/\//i.exec(text) ?? [];
  if (scheme !== undefined)
    throw usageError(`\`--storage\` takes a folder or \`s3://bucket/prefix\`, and not \`${scheme}://\`.`);
  if (text === "") throw usageError("`--storage` is empty. Give a folder or `s3://bucket/prefix`.");
  refuseTilde("--storage", text);
  return folderStorage(text);
}
