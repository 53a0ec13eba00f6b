import { createHash, hash } from "node:crypto";
import { specFields } from "../generated/fields.gen.ts";
import type { Files } from "./system.ts";

/** Returns the SHA-256 hash of a file. */
export type HashFile = (file: string) => Promise<string>;

const maxChunkBytes = 256 * 1024;
const maxKnownFiles = 10_000;

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
    // Never empty: a file without a size, such as a pipe, is read too.
    const chunk = Buffer.allocUnsafe(Math.min(size + 1, maxChunkBytes));
    for (;;) {
      const { bytesRead } = await handle.read(chunk, 0, chunk.length);
      if (bytesRead === 0) return sha256.digest("hex");
      sha256.update(chunk.subarray(0, bytesRead));
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
 * Returns the request key: the hash of the server, the fields and the input bytes. Values count as the form sends them,
 * so that `1` and `"1"` are the same.
 */
export async function requestKey(
  server: string,
  params: Readonly<Record<string, unknown>>,
  hashOf: HashFile,
): Promise<string> {
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
  return hash("sha256", JSON.stringify([server, parts])).slice(0, 32);
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
