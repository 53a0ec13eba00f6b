import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { imageExtensions } from "@retouch/cli/journal";
import type { S3Connection } from "./s3-client.ts";

/** The name of the metadata that has the SHA-256 of an image: an ETag says nothing of encrypted or multipart objects. */
export const checksumField = "retouch-sha256";

/** An image that is uploaded. */
export interface UploadedImage {
  readonly file: string;
  readonly byteLength: number;
  readonly sha256: string;
}

/** Where and how an image is uploaded. */
export interface UploadTarget {
  readonly bucket: string;
  readonly key: string;
  /** Whether the server refuses the write if the name is taken. */
  readonly isConditional: boolean;
  readonly partBytes: number;
  /** Creates the signal of one request. */
  signal(): AbortSignal;
}

/** The most parts that S3 accepts. */
const maxParts = 10_000;

/** Returns length and checksum of a file. */
export async function describeImage(file: string): Promise<UploadedImage> {
  const sum = createHash("sha256");
  let byteLength = 0;
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    sum.update(chunk);
    byteLength += chunk.length;
  }
  return { file, byteLength, sha256: sum.digest("hex") };
}

/** Uploads an image, in parts if it is large. The SDK signs the checksum of each body, which the server compares. */
export async function uploadImage(
  image: UploadedImage,
  target: UploadTarget,
  connection: S3Connection,
): Promise<void> {
  const handle = await open(image.file);
  try {
    if (image.byteLength > target.partBytes) await uploadParts(image, handle, target, connection);
    else await uploadAtOnce(image, handle, target, connection);
  } finally {
    await handle.close();
  }
}

async function uploadAtOnce(
  image: UploadedImage,
  handle: FileHandle,
  { bucket: Bucket, key: Key, isConditional, signal }: UploadTarget,
  { client, sdk }: S3Connection,
): Promise<void> {
  const Body = await readPart(handle, 0, image.byteLength);
  if (createHash("sha256").update(Body).digest("hex") !== image.sha256) throw fileChanged();
  await client.send(
    new sdk.PutObjectCommand({
      Bucket,
      Key,
      Body,
      ContentLength: Body.length,
      ...describe(image, Key),
      ...condition(isConditional),
    }),
    { abortSignal: signal() },
  );
}

async function uploadParts(
  image: UploadedImage,
  handle: FileHandle,
  { bucket: Bucket, key: Key, isConditional, partBytes, signal }: UploadTarget,
  { client, sdk }: S3Connection,
): Promise<void> {
  const size = Math.max(partBytes, Math.ceil(image.byteLength / maxParts));
  const { UploadId } = await client.send(
    new sdk.CreateMultipartUploadCommand({ Bucket, Key, ...describe(image, Key) }),
    { abortSignal: signal() },
  );
  try {
    const sum = createHash("sha256");
    const Parts: { PartNumber: number; ETag: string | undefined }[] = [];
    // One after the other: the memory of a worker is its concurrency times one part.
    for (let start = 0; start < image.byteLength; start += size) {
      const Body = await readPart(handle, start, Math.min(size, image.byteLength - start));
      sum.update(Body);
      const PartNumber = Parts.length + 1;
      const { ETag } = await client.send(
        new sdk.UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }),
        { abortSignal: signal() },
      );
      Parts.push({ PartNumber, ETag });
    }
    if (sum.digest("hex") !== image.sha256) throw fileChanged();
    await client.send(
      new sdk.CompleteMultipartUploadCommand({
        Bucket,
        Key,
        UploadId,
        MultipartUpload: { Parts },
        ...condition(isConditional),
      }),
      { abortSignal: signal() },
    );
  } catch (error) {
    // Parts that are not completed are billed until they are removed. Without a signal: the caller's has perhaps fired.
    await client
      .send(new sdk.AbortMultipartUploadCommand({ Bucket, Key, UploadId }), {
        abortSignal: AbortSignal.timeout(abortMs),
      })
      .catch(() => undefined);
    throw error;
  }
}

/** How long removing the parts of a failed upload may take. */
const abortMs = 30_000;

async function readPart(handle: FileHandle, start: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await handle.read(bytes, done, length - done, start + done);
    if (bytesRead === 0) throw fileChanged();
    done += bytesRead;
  }
  return bytes;
}

function fileChanged(): Error {
  return Object.assign(new Error("The file changed while it was uploaded."), { name: "FileChanged" });
}

function describe({ sha256 }: UploadedImage, key: string) {
  return { Metadata: { [checksumField]: sha256 }, ContentType: mediaTypeOf(key) };
}

function condition(isConditional: boolean) {
  return isConditional ? { IfNoneMatch: "*" } : {};
}

/** Returns the media type of an image's name. An SVG gets none: a browser would run its scripts. */
function mediaTypeOf(key: string): string {
  const extension = /\.([a-z]+)$/i.exec(key)?.[1]?.toLowerCase();
  const known = imageExtensions.find((name) => name === extension && name !== "svg");
  return known === undefined ? "application/octet-stream" : `image/${known.replace("jpg", "jpeg")}`;
}
