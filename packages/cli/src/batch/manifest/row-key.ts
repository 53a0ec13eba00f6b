import { createHash, hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";

/** Returns JSON with sorted keys, so that the order of a row's fields does not matter. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(",")}}`;
}

/** Creates a function that hashes files, each only once unless it changes. */
export function createFileHasher(): (file: string) => Promise<string> {
  const known = new Map<string, Promise<string>>();
  return async (file) => {
    const { size, mtimeMs } = await stat(file);
    const key = `${size} ${mtimeMs} ${file}`;
    const hash = known.get(key) ?? hashFile(file);
    known.set(key, hash);
    return hash;
  };
}

async function hashFile(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file, { highWaterMark: 256 * 1024 })) hash.update(chunk);
  return hash.digest("hex");
}

/** Returns the row key: a hash of the row's fields and of its input bytes. */
export function rowKey(content: Readonly<Record<string, unknown>>, inputHashes: readonly string[]): string {
  return hash("sha256", canonicalJson({ content, inputs: inputHashes })).slice(0, 32);
}
