import { rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { type CliError, usageError } from "@retouch/cli/journal";
import { connectS3, type S3Connection, type S3StorageOptions } from "./s3-client.ts";
import { DownloadError, downloadInput } from "./s3-download.ts";
import { codeOf, reasonOf, statusOf } from "./s3-errors.ts";
import { checksumField, describeImage, type UploadedImage, uploadImage } from "./s3-upload.ts";
import type { Storage } from "./storage.ts";
import { fileUnreadable, notStored, outputExists } from "./storage-errors.ts";
import { invalidName, normalizeName } from "./storage-name.ts";

/** The object that `check` writes, to see that it cannot be written twice. */
const probeName = ".retouch-probe";

/** The longest key of S3, in bytes of UTF-8. */
const maxKeyBytes = 1024;

/** How often a write is repeated that met another one of the same name. */
const maxConflicts = 5;

/**
 * Creates a storage in a bucket, for a URL such as `s3://bucket/prefix`. Nothing is overwritten without `force`: the
 * server decides by `If-None-Match: *`. An image is complete, and its length compared, once `put` resolves.
 *
 * @throws CliError, exit code 2, for a URL without a bucket.
 */
export function s3Storage(url: string, options: S3StorageOptions = {}): Storage {
  const { bucket, prefix } = parseUrl(url);
  const { conditionalWrites = "required", timeoutMs = 300_000, maxInputBytes = 2 ** 30 } = options;
  const partBytes = Math.max(options.partBytes ?? 2 ** 23, 5 * 2 ** 20);
  const name = prefix === "" ? `s3://${bucket}` : `s3://${bucket}/${prefix}`;
  const isConditional = conditionalWrites === "required";
  let connection: Promise<S3Connection> | undefined;
  let checked: Promise<void> | undefined;
  /** Folders of downloaded inputs, by the path that was returned. */
  const downloads = new Map<string, string>();

  const connect = () => (connection ??= connectS3(options));
  const within = (signal?: AbortSignal) => () =>
    AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal === undefined ? [] : [signal])]);

  function keyOf(given: string): string {
    const key = [prefix, normalizeName(given, name)].filter(Boolean).join("/");
    if (Buffer.byteLength(key) > maxKeyBytes)
      throw invalidName(given, name, `the key is longer than ${maxKeyBytes} bytes`);
    return key;
  }

  /** Returns what is stored under a key, or undefined if nothing is. */
  async function look(key: string, signal?: AbortSignal) {
    const { client, sdk } = await connect();
    try {
      const { ContentLength, Metadata } = await client.send(
        new sdk.HeadObjectCommand({ Bucket: bucket, Key: key }),
        { abortSignal: within(signal)() },
      );
      return { byteLength: ContentLength, sha256: Metadata?.[checksumField] };
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  }

  /** Writes one object again and again: a server that always accepts it would overwrite images. */
  async function probe(signal?: AbortSignal): Promise<void> {
    const { client, sdk } = await connect();
    const Key = keyOf(probeName);
    const write = () =>
      client.send(
        new sdk.PutObjectCommand({
          Bucket: bucket,
          Key,
          Body: Buffer.from("Written to see that nothing here is overwritten.\n"),
          ...(isConditional ? { IfNoneMatch: "*" } : {}),
        }),
        { abortSignal: within(signal)() },
      );
    try {
      await write();
      if (!isConditional) return;
      await write();
    } catch (error) {
      if (isConditional && (isTaken(error) || isConflict(error))) return;
      signal?.throwIfAborted();
      const isRefused = statusOf(error) === 501 || codeOf(error) === "NotImplemented";
      if (isConditional && isRefused) throw noConditions(name, "refuses");
      throw usageError(`Images cannot be stored in ${name}: ${reasonOf(error)}. Nothing was sent.`);
    }
    throw noConditions(name, "ignores");
  }

  const check = (signal?: AbortSignal): Promise<void> => {
    checked ??= probe(signal).catch((error: unknown) => {
      checked = undefined;
      throw error;
    });
    return checked;
  };

  async function uploadOnce(key: string, image: UploadedImage, force: boolean, signal?: AbortSignal) {
    if (!force && !isConditional && (await look(key, signal)) !== undefined) throw taken();
    await uploadImage(
      image,
      { bucket, key, isConditional: isConditional && !force, partBytes, signal: within(signal) },
      await connect(),
    );
  }

  return {
    name,
    check,

    async fetchInput(given, signal, scratch) {
      signal?.throwIfAborted();
      const key = keyOf(given);
      const { file, directory } = await downloadInput(
        { bucket, key, maxBytes: maxInputBytes, signal: within(signal)(), scratch },
        await connect(),
      ).catch((error: unknown) => {
        signal?.throwIfAborted();
        if (error instanceof DownloadError) throw fileUnreadable(given, name, error.message);
        throw fileUnreadable(given, name, codeOf(error) === "NoSuchKey" ? "ENOENT" : reasonOf(error));
      });
      downloads.set(file, directory);
      return file;
    },

    async release(file) {
      const directory = downloads.get(file);
      if (directory === undefined) return;
      downloads.delete(file);
      await rm(directory, { recursive: true, force: true });
    },

    async put(given, file, { force, signal }) {
      signal?.throwIfAborted();
      const key = keyOf(given);
      await check(signal);
      const image = await describeImage(file);
      for (let conflicts = 0; ; conflicts++) {
        const failure = await uploadOnce(key, image, force, signal).then(
          () => undefined,
          (error: unknown) => ({ error }),
        );
        signal?.throwIfAborted();
        // Also after a failure: a PUT that was cut off may have been stored, and its repetition finds its own bytes.
        const found = await look(key, signal).catch((error: unknown) => ({ error }));
        signal?.throwIfAborted();
        const there = found !== undefined && "error" in found ? undefined : found;
        if (there?.sha256 === image.sha256 && there.byteLength === image.byteLength) return;
        if (failure !== undefined && isConflict(failure.error) && conflicts < maxConflicts) {
          await sleep(100 * 2 ** conflicts * (1 + Math.random()), undefined, signal && { signal });
          continue;
        }
        if (failure === undefined) {
          const reason =
            found === undefined
              ? "it was accepted and is not there"
              : "error" in found
                ? `it was accepted and cannot be compared: ${reasonOf(found.error)}`
                : `it was accepted, but ${found.byteLength} bytes are there instead of ${image.byteLength}, or others`;
          throw notStored(given, name, reason);
        }
        if (isTaken(failure.error) || (!force && there !== undefined)) throw outputExists(given, name);
        throw notStored(given, name, reasonOf(failure.error));
      }
    },

    async exists(given) {
      const key = keyOf(given);
      // A missing bucket would look like a missing object.
      await check();
      try {
        return (await look(key)) !== undefined;
      } catch (error) {
        throw fileUnreadable(given, name, reasonOf(error));
      }
    },
  };
}

function parseUrl(url: string): { bucket: string; prefix: string } {
  const [, bucket, rest = ""] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/is.exec(url) ?? [];
  if (bucket === undefined) throw invalidUrl(url);
  const trimmed = rest.replace(/\/+$/, "");
  return { bucket, prefix: trimmed === "" ? "" : normalizeName(trimmed, `s3://${bucket}`) };
}

function invalidUrl(url: string): CliError {
  const [, bucket] = /^s3:\/\/([\w.-]+)(?:\/|$)/.exec(url) ?? [];
  // Only a name is shown: the rest of a URL may have credentials in it.
  const seen =
    bucket === undefined
      ? "The URL of the bucket is not valid."
      : `\`${bucket}\` cannot be the name of a bucket, which has 3 to 63 letters, digits, dots and hyphens.`;
  return usageError(`${seen} Write \`--storage\` as \`s3://bucket/prefix\`.`);
}

function taken(): Error {
  return Object.assign(new Error("The name is taken."), { name: "PreconditionFailed" });
}

function isTaken(error: unknown): boolean {
  return statusOf(error) === 412 || codeOf(error) === "PreconditionFailed";
}

/** Two writes of one name at the same time: S3 asks one of them to repeat. */
function isConflict(error: unknown): boolean {
  return statusOf(error) === 409;
}

function noConditions(name: string, how: "refuses" | "ignores"): CliError {
  return usageError(
    `The server of ${name} ${how} \`If-None-Match: *\`, so one worker could overwrite the image of another. Nothing was ` +
      "sent. Use a server that supports conditional writes, or accept a check before each write (`--check-first`), which two " +
      "workers can pass in the same moment.",
  );
}
