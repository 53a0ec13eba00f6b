import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { readOwnOptions } from "../emit/cli-flags.ts";
import { isObject, objectAt, stringAt } from "../json.ts";
import { sha256 } from "../overlay/check-vendor-hash.ts";
import type { Json } from "../spec-types.ts";
import type { SpecInputs } from "./read-inputs.ts";

const stampPath = "node_modules/.cache/retouch-generate.json";
const tools = ["@redocly/cli", "ajv", "esbuild", "openapi-typescript", "typescript", "yaml"];

/** Hashes everything that the outputs depend on: inputs, generator and the versions of its dependencies. */
export async function fingerprint(inputs: SpecInputs): Promise<string> {
  const directory = join(import.meta.dirname, "..");
  const sources = (await readdir(directory, { recursive: true }))
    .filter((path) => /^[^.]+\.ts$/.test(path))
    .sort();
  const texts = await Promise.all(sources.map((name) => readFile(join(directory, name), "utf8")));
  const rules = await readFile(join(directory, "../../redocly.yaml"), "utf8");
  const versions = await Promise.all(tools.map(versionOf));
  const options = [...readOwnOptions()].sort();
  const parts = [JSON.stringify(inputs), rules, ...versions, ...sources, ...texts, ...options];
  return sha256(JSON.stringify(parts.map((part) => part.replaceAll("\r\n", "\n"))));
}

async function versionOf(name: string): Promise<string> {
  const require = createRequire(import.meta.url);
  const lookup = require.resolve.paths(name) ?? [];
  for (const directory of lookup) {
    const manifest = await readFile(join(directory, name, "package.json"), "utf8").catch(() => undefined); // next directory
    if (manifest !== undefined) return `${name}@${stringAt(JSON.parse(manifest) as Json, "version")}`;
  }
  throw new Error(`${name} is not installed. Run pnpm install.`);
}

/** Returns whether the last run had the same inputs and its outputs are unchanged on disk. */
export async function isFresh(outDir: string, print: string): Promise<boolean> {
  let stamp: Json;
  try {
    stamp = JSON.parse(await readFile(join(outDir, stampPath), "utf8")) as Json;
  } catch {
    return false; // no valid stamp: everything is generated
  }
  if (!isObject(stamp) || stringAt(stamp, "print") !== print) return false;
  const outputs = Object.entries(objectAt(stamp, "outputs"));
  const seen = await Promise.all(
    outputs.map(([path]) => readFile(join(outDir, path)).then(sha256, () => undefined)), // a missing file is not fresh
  );
  return outputs.length > 0 && outputs.every(([, hash], index) => hash === seen[index]);
}

export async function saveStamp(
  outDir: string,
  print: string,
  outputs: ReadonlyMap<string, string>,
): Promise<void> {
  const file = join(outDir, stampPath);
  const hashes = Object.fromEntries([...outputs].map(([path, text]) => [path, sha256(text)]));
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify({ print, outputs: hashes }));
}
