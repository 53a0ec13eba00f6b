import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { refusedName } from "@retouch/client/node";
import type { S3Connection } from "./s3-client.ts";

/** What is downloaded, and how much of it at most. */
export interface DownloadSource {
  readonly bucket: string;
  readonly key: string;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  /** Existing directory; the one for temporary files by default. */
  readonly scratch?: string | undefined;
}

/** A downloaded file, alone in a temporary directory. */
export interface DownloadedFile {
  readonly file: string;
  readonly directory: string;
}

/** An object that is not what its server says of it, or too large. */
export class DownloadError extends Error {
  override readonly name = "DownloadError";
}

/** Downloads an object to a new directory of its own. Nothing stays there if it fails. */
export async function downloadInput(
  { bucket, key, maxBytes, signal, scratch = tmpdir() }: DownloadSource,
  { client, sdk }: S3Connection,
): Promise<DownloadedFile> {
  const directory = await mkdtemp(path.join(scratch, "retouch-input-"));
  const file = path.join(directory, localName(key));
  try {
    const { Body, ContentLength } = await client.send(
      new sdk.GetObjectCommand({ Bucket: bucket, Key: key }),
      { abortSignal: signal },
    );
    const body = Body as Readable;
    try {
      checkLength(ContentLength, maxBytes);
      let byteLength = 0;
      await pipeline(
        body,
        async function* (chunks: AsyncIterable<Buffer>) {
          for await (const chunk of chunks) {
            byteLength += chunk.length;
            yield chunk;
          }
        },
        createWriteStream(file, { flags: "wx", mode: 0o600 }),
        { signal },
      );
      if (byteLength !== ContentLength)
        throw new DownloadError(`${byteLength} of ${ContentLength} bytes arrived`);
    } finally {
      body.destroy();
    }
    return { file, directory };
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

function checkLength(byteLength: number | undefined, maxBytes: number): void {
  // No more than a promised length can arrive: the connection ends there.
  if (byteLength === undefined) throw new DownloadError("the server does not say how many bytes it has");
  if (byteLength > maxBytes)
    throw new DownloadError(`it has ${byteLength} bytes, and at most ${maxBytes} are downloaded`);
}

/** Returns the name of an input on this machine: the last one of its key, if a file can have it. */
function localName(key: string): string {
  const last = path.posix.basename(key);
  const isPossible = refusedName(last) === undefined && !last.includes("\\") && Buffer.byteLength(last) < 200;
  return isPossible
    ? last
    : `input${path.posix
        .extname(last)
        .replace(/[^.\w]/g, "")
        .slice(0, 10)}`;
}
