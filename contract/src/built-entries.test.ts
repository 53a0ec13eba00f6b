import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const entries = [
  "@retouch/client",
  "@retouch/client/browser",
  "@retouch/client/api",
  "@retouch/client/models",
  "@retouch/client/mask",
  "@retouch/client/testing",
];

/** Follows an entry's imports through the built files, those that load late too, and lists what is not a file. */
async function foreignImports(file: string, seen = new Set<string>()): Promise<Set<string>> {
  const foreign = new Set<string>();
  if (seen.has(file)) return foreign;
  seen.add(file);
  const code = await readFile(file, "utf8");
  for (const [, path = ""] of code.matchAll(/\b(?:from|import)\s*\(?\s*["']([^"']+)["']/g)) {
    if (!path.startsWith(".")) foreign.add(path);
    else for (const one of await foreignImports(resolve(dirname(file), path), seen)) foreign.add(one);
  }
  return foreign;
}

const importsOf = async (entry: string) =>
  [...(await foreignImports(fileURLToPath(import.meta.resolve(entry))))].sort();

test.each(entries)("the built %s imports nothing of Node", async (entry) => {
  expect((await importsOf(entry)).filter((path) => path !== "openapi-fetch")).toEqual([]);
});

test("the built client is followed into what loads late", async () => {
  expect(await importsOf("@retouch/client")).toEqual(["openapi-fetch"]);
});

test("the built entry for Node does import from Node, and by the protocol", async () => {
  const imports = await importsOf("@retouch/client/node");
  expect(imports).toContain("node:http");
  expect(imports.filter((path) => path !== "openapi-fetch" && !path.startsWith("node:"))).toEqual([]);
});
