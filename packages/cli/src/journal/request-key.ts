import { createHash, hash } from "node:crypto";
import { describeRequest, type RequestDescription } from "@retouch/client/node";
import { specFields } from "../generated/fields.gen.ts";
import type { CropRecord } from "../masks/crop-edit.ts";
import type { Files } from "./system.ts";

/** Returns the SHA-256 hash of a file. */
export type HashFile = (file: string) => Promise<string>;

const maxChunkBytes = 256 * 1024;
const maxKnownFiles = 10_000;
/** Buffers that are used again: a batch hashes every image that it saves. */
const freeChunks: Buffer[] = [];
const maxFreeChunks = 8;

/** Creates a function that hashes files, each only once unless it changes. */
export function createFileHasher(files: Pick<Files, "open" | "stat">): HashFile {
  const known = new Map<string, Promise<string>>();
  return async (file) => {
    const { size, mtimeMs } = await files.stat(file);
    const key = `${size} ${mtimeMs} ${file}`;
    const hashed = known.get(key) ?? hashFile(file, files);
    if (known.size >= maxKnownFiles) known.delete(known.keys().next().value ?? "");
    known.set(key, hashed);
    return hashed;
  };
}

/** Returns the SHA-256 hash of a file. */
export async function hashFile(file: string, files: Pick<Files, "open">): Promise<string> {
  const sha256 = createHash("sha256");
  const handle = await files.open(file, "r");
  try {
    const { size } = await handle.stat();
    // Never empty: a file without a size, such as a pipe, is read too. A short one needs no buffer of the others.
    const isLong = size >= maxChunkBytes;
    const chunk =
      (isLong ? freeChunks.pop() : undefined) ?? Buffer.allocUnsafe(isLong ? maxChunkBytes : size + 1);
    for (;;) {
      const { bytesRead } = await handle.read(chunk, 0, chunk.length);
      if (bytesRead > 0) {
        sha256.update(chunk.subarray(0, bytesRead));
        continue;
      }
      if (isLong && freeChunks.length < maxFreeChunks) freeChunks.push(chunk);
      return sha256.digest("hex");
    }
  } finally {
    await handle.close();
  }
}

const fileFields = new Set([
  "image",
  ...specFields.flatMap(({ name, type }) => (type === "file" ? [name] : [])),
]);

/**
 * Returns what a request key says of the server: its origin, and what differs from the spec in where an edit goes and in
 * what form. The query and the headers do not count, nor how the key is sent and a task is polled: with a new version in the
 * query, an edit that may be billed would be sent a second time.
 */
export async function serverKey({ url, dialect }: RequestDescription): Promise<string> {
  const { origin } = new URL(url);
  const { preset, path, query, keyHeader, task, maxImages, refusedFields, ...form } = dialect;
  const usual = await describeRequest({ baseUrl: origin, allowInsecureHttp: true, apiKey: () => "" });
  const isUsual = url === usual.url && Object.keys(form).length === 0;
  const parts = Object.entries(form).sort(([a], [b]) => (a < b ? -1 : 1));
  return isUsual ? origin : JSON.stringify([url, parts]);
}

/** What a request key is made from. */
interface KeyedEdit {
  readonly params: Readonly<Record<string, unknown>>;
  readonly crop?: Pick<CropRecord, "original" | "mask" | "size"> | undefined;
}

/**
 * Returns the request key: the hash of the server, the fields and the input bytes. Values count as the form sends them,
 * so that `1` and `"1"` are the same. A crop counts as what it is made from, because another version of this program may
 * encode it in other bytes.
 */
export async function requestKey(
  server: string,
  { params: sent, crop }: KeyedEdit,
  hashOf: HashFile,
): Promise<string> {
  const params = crop === undefined ? sent : withoutCrop(sent, crop);
  const parts: (readonly [string, string])[] = [];
  const add = (fields: Readonly<Record<string, unknown>>) => {
    for (const [name, value] of Object.entries(fields)) {
      if (fileFields.has(name) || name === "extra" || !isSent(value)) continue;
      parts.push([name, typeof value === "object" ? JSON.stringify(value) : String(value)]);
    }
  };
  add(params);
  const extra = params["extra"];
  if (typeof extra === "object" && extra !== null) add({ ...extra });
  parts.sort(([a], [b]) => (a < b ? -1 : 1));
  for (const name of [...fileFields].sort()) {
    const value = params[name];
    if (!isSent(value)) continue;
    for (const input of Array.isArray(value) ? value : [value])
      parts.push([name, await hashInput(input, hashOf)]);
  }
  const kind = crop === undefined ? [] : ["crop"];
  return hash("sha256", JSON.stringify([server, parts, ...kind])).slice(0, 32);
}

/** Returns the parameters of an edit as they were before its image was cropped. */
function withoutCrop(
  params: KeyedEdit["params"],
  { original, mask, size }: NonNullable<KeyedEdit["crop"]>,
): KeyedEdit["params"] {
  const { image } = params;
  const others: unknown[] = Array.isArray(image) ? image.slice(1) : [];
  return { ...params, image: [original, ...others], mask, size };
}

function isSent(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "";
}

async function hashInput(input: unknown, hashOf: HashFile): Promise<string> {
  if (input instanceof URL) return input.href;
  return input instanceof Uint8Array ? hash("sha256", input) : hashOf(String(input));
}

/** Returns the row key: the hash of the request, the `id` of the row and its output template. */
export function rowKey(request: string, id: string | undefined, output: string): string {
  return hash("sha256", JSON.stringify([request, id ?? null, output])).slice(0, 32);
}
